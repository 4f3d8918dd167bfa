/** Structures with the offset of every field, from the debug information that `readelf --debug-dump=info` prints. */

/** Where the compiler put a field. */
export interface RecordedField {
  /** Bytes from the beginning of the outermost structure. */
  readonly offset: number
  /** Bytes of the whole field; 0 for a flexible array. */
  readonly size: number
  /** Bytes of one element, of an array. */
  readonly element?: number
  /** `unsigned`, `signed`, `pointer`, `struct`, `union`, `enum` as the debug information has it. */
  readonly type: string
}

/** A structure or union of the headers. */
export interface RecordedStruct {
  readonly size: number
  /** Fields by dotted path; members of an anonymous structure or union appear without a step of their own. */
  readonly fields: Readonly<Record<string, RecordedField>>
}

interface Entry {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Entry[]
}

/** Entries by offset, each with its children. */
function parseEntries(dwarf: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  const stack: Entry[] = []
  let attributes = new Map<string, string>()
  for (const line of dwarf.split('\n')) {
    const head = /^ <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)/.exec(line)
    if (head !== null) {
      const depth = Number.parseInt(head[1], 16)
      attributes = new Map()
      const entry: Entry = { tag: head[3].slice('DW_TAG_'.length), attributes, children: [] }
      entries.set(head[2], entry)
      stack.length = depth
      stack[depth - 1]?.children.push(entry)
      stack[depth] = entry
      continue
    }
    const attribute = /^ +<[0-9a-f]+> +(DW_AT_\w+) *: (.*)$/.exec(line)
    // Newer binutils print the form first: "(ref4) <0x33>", "(data1) 8".
    if (attribute !== null)
      attributes.set(attribute[1].slice('DW_AT_'.length), attribute[2].replace(/^\(\w+\) /, '').trim())
  }
  return entries
}

class Types {
  readonly #entries: Map<string, Entry>

  constructor(entries: Map<string, Entry>) {
    this.#entries = entries
  }

  name(entry: Entry): string | undefined {
    // "(indirect string, offset: 0x1a): name", "(offset: 0x1a): name" or the name alone.
    return entry.attributes.get('name')?.replace(/^\(.*?\): /, '')
  }

  number(entry: Entry, attribute: string): number | undefined {
    const value = entry.attributes.get(attribute)
    return value === undefined ? undefined : Number(value.replace(/\s.*$/, ''))
  }

  /** The type of an entry without typedefs and qualifiers. */
  typeOf(entry: Entry): Entry {
    const reference = /^<0x([0-9a-f]+)>/.exec(entry.attributes.get('type') ?? '')
    const type = reference === null ? undefined : this.#entries.get(reference[1])
    if (type === undefined) throw new Error(`${this.name(entry) ?? entry.tag} has no type`)
    return ['typedef', 'const_type', 'volatile_type'].includes(type.tag) ? this.typeOf(type) : type
  }

  elementCount(array: Entry): number {
    let count = 1
    for (const range of array.children) {
      const bound = this.number(range, 'upper_bound')
      const explicit = this.number(range, 'count')
      count *= explicit ?? (bound === undefined || Number.isNaN(bound) ? 0 : bound + 1)
    }
    return count
  }

  sizeOf(type: Entry): number {
    if (type.tag === 'array_type') return this.elementCount(type) * this.sizeOf(this.typeOf(type))
    return this.number(type, 'byte_size') ?? 8
  }

  kindOf(type: Entry): string {
    switch (type.tag) {
      case 'base_type':
        return /unsigned/.test(type.attributes.get('encoding') ?? '') ? 'unsigned' : 'signed'
      case 'pointer_type':
        return 'pointer'
      case 'structure_type':
        return 'struct'
      case 'union_type':
        return 'union'
      case 'enumeration_type':
        return 'enum'
      default:
        throw new Error(`unexpected type ${type.tag}`)
    }
  }

  collect(struct: Entry, path: string, base: number, fields: Record<string, RecordedField>): void {
    for (const member of struct.children) {
      if (member.tag !== 'member') continue
      const offset = base + (this.number(member, 'data_member_location') ?? 0)
      const name = this.name(member)
      const type = this.typeOf(member)
      const isNested = type.tag === 'structure_type' || type.tag === 'union_type'
      if (name === undefined) {
        this.collect(type, path, offset, fields)
        continue
      }
      const element = type.tag === 'array_type' ? this.typeOf(type) : undefined
      fields[path + name] = {
        offset,
        size: this.sizeOf(type),
        ...(element !== undefined && { element: this.sizeOf(element) }),
        type: this.kindOf(element ?? type),
      }
      if (isNested) this.collect(type, `${path}${name}.`, offset, fields)
    }
  }
}

/** Every structure whose name matches, by name. */
export function parseStructs(dwarf: string, names: RegExp): Record<string, RecordedStruct> {
  const entries = parseEntries(dwarf)
  const types = new Types(entries)
  const structs: Record<string, RecordedStruct> = {}
  for (const entry of entries.values()) {
    const name = types.name(entry)
    const size = types.number(entry, 'byte_size')
    if (entry.tag !== 'structure_type' || name === undefined || size === undefined || !names.test(name)) continue
    const fields: Record<string, RecordedField> = {}
    types.collect(entry, '', 0, fields)
    structs[name] = { size, fields }
  }
  return Object.fromEntries(Object.entries(structs).sort(([a], [b]) => (a < b ? -1 : 1)))
}
