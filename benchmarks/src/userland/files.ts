/** What the programs of the userland benchmark work on. */

/** Words in an order that a generator of numbers decides: text that compresses like text, the same at any time. */
function makeText(sizeBytes: number): string {
  const syllables = ['ka', 'to', 'mi', 'ren', 'so', 'la', 'ver', 'un', 'di', 'pra', 'ne', 'gu']
  let seed = 1
  const next = (limit: number): number => {
    // Park and Miller's minimal standard generator: equal on every machine, and its products are exact.
    seed = (seed * 48271) % 0x7fffffff
    return seed % limit
  }
  const words = Array.from({ length: 3000 }, () =>
    Array.from({ length: 1 + next(4) }, () => syllables[next(syllables.length)]).join(''),
  )
  const parts: string[] = []
  for (let size = 0; size < sizeBytes; ) {
    // The product favours the first words, as languages do.
    const word = `${words[((next(3000) * next(3000)) % 3000) >> next(8)]}${next(9) === 0 ? '.\n' : ' '}`
    parts.push(word)
    size += word.length
  }
  return parts.join('')
}

const loop = `
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

class Counter:
    def __init__(self):
        self.total = 0
    def add(self, value):
        self.total += value

counter = Counter()
for n in range(1, 6000):
    counter.add(collatz(n))
seen = {}
for i in range(100000):
    seen[i % 997] = seen.get(i % 997, 0) + i
print(counter.total, sum(seen.values()), sum(i * 0.5 for i in range(100000)))
`

const json = `
import json
data = [{'id': i, 'name': 'item %d' % i, 'tags': ['a', 'b', str(i % 7)], 'ratio': i / 7, 'on': i % 2 == 0, 'none': None}
        for i in range(1000)]
size = 0
for _ in range(15):
    text = json.dumps(data)
    size += len(text)
    data = json.loads(text)
print(size, len(data))
`

const pipe = `
import os
here, there = os.pipe()
back, forth = os.pipe()
rounds = 5000
if os.fork() == 0:
    for _ in range(rounds):
        os.read(here, 1)
        os.write(forth, b'o')
    os._exit(0)
for _ in range(rounds):
    os.write(there, b'i')
    os.read(back, 1)
os.wait()
print(rounds)
`

const inserts = `
BEGIN;
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, kind INTEGER);
CREATE INDEX item_kind ON item (kind);
${Array.from({ length: 4000 }, (_, i) => `INSERT INTO item VALUES (${i}, 'item ${(i * 7919) % 4000}', ${i / 8}, ${(i * 31) % 101});`).join('\n')}
COMMIT;
`

const selects = `
SELECT count(*), sum(price) FROM item;
${Array.from({ length: 800 }, (_, i) => `SELECT name, price FROM item WHERE id = ${(i * 577) % 4000};`).join('\n')}
${Array.from({ length: 30 }, (_, i) => `SELECT kind, count(*), avg(price) FROM item WHERE kind = ${i};`).join('\n')}
SELECT a.kind, count(*) FROM item a JOIN item b ON a.kind = b.kind AND b.id < 80 GROUP BY a.kind ORDER BY 2 DESC LIMIT 3;
SELECT count(*) FROM item WHERE name LIKE '%77%';
`

/** Files by their path in the guest. */
export function makeFiles(): Readonly<Record<string, string>> {
  return {
    'bench/text': makeText(2 << 20),
    'bench/loop.py': loop,
    'bench/json.py': json,
    'bench/pipe.py': pipe,
    // Thousands of printed lines would measure the console.
    'bench/inserts.sql': inserts,
    'bench/selects.sql': `.output /tmp/selected\n${selects}\n.output\n.shell cksum </tmp/selected`,
  }
}
