/*
 * The straightforward table builder that `pnpm bench stage2` measures the engine against: 4K granule, 40 bits of IPA, two
 * concatenated level-1 tables, reference counts, break-before-make of live entries, tables freed when empty.
 *
 * stage2 BYTES LEAF ROUNDS, LEAF 3 for pages or 2 for blocks; prints a line for each operation: name, leaves, best seconds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef uint64_t u64;

enum { page_shift = 12, stride = 9, entries = 512, last_level = 3, start_level = 1, root_tables = 2 };
enum { ok = 0, again = -11, no_memory = -12 };

#define PTE_VALID 1ull
#define PTE_TYPE 2ull
#define PTE_WRITE 0x80ull
#define PTE_AF 0x400ull
#define PTE_ADDRESS 0x0000fffffffff000ull
#define PTE_PERMISSIONS 0x00400000000000c0ull

static char *pool;
static u64 pool_pages, next_page;
static uint32_t *counts;
static u64 free_list = ~0ull;
static u64 invalidations, invalidated_all, barriers;

static u64 *table_at(u64 pa) { return (u64 *)(pool + pa); }
static uint32_t *count_of(u64 *table) { return &counts[((char *)table - pool) >> page_shift]; }
static u64 address_of(u64 *table) { return (u64)((char *)table - pool); }

static __attribute__((noinline)) void tlbi_ipa(u64 ipa, int level) { invalidations += 1 + (ipa == (u64)level); }
static __attribute__((noinline)) void tlbi_vmid(void) { invalidated_all++; }
static __attribute__((noinline)) void dsb(void) { barriers++; }

static u64 *alloc_table(void)
{
	u64 page = free_list;
	if (page != ~0ull)
		memcpy(&free_list, pool + (page << page_shift), sizeof(free_list));
	else if (next_page < pool_pages)
		page = next_page++;
	else
		return NULL;
	u64 *table = table_at(page << page_shift);
	memset(table, 0, 1 << page_shift);
	counts[page] = 1;
	return table;
}

static void free_table(u64 *table)
{
	u64 page = address_of(table) >> page_shift;
	memcpy(table, &free_list, sizeof(free_list));
	free_list = page;
}

static u64 size_at(int level) { return 1ull << ((last_level - level) * stride + page_shift); }
static unsigned index_at(u64 ipa, int level, unsigned mask) { return (ipa >> ((last_level - level) * stride + page_shift)) & mask; }
static int is_table(u64 pte, int level) { return level < last_level && (pte & 3) == 3; }
static u64 *page_of(u64 *entry) { return (u64 *)((uintptr_t)entry & ~(uintptr_t)0xfff); }

static void break_entry(u64 *entry, u64 ipa, int level)
{
	u64 old = *entry;
	*(volatile u64 *)entry = 0;
	if (old & PTE_VALID) {
		if (is_table(old, level))
			tlbi_vmid();
		else
			tlbi_ipa(ipa, level);
		dsb();
	}
	--*count_of(page_of(entry));
}

static void make_entry(u64 *entry, u64 value)
{
	++*count_of(page_of(entry));
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static int map(u64 *table, int level, unsigned mask, u64 ipa, u64 end, u64 offset, u64 attributes, int leaf_level)
{
	u64 size = size_at(level);
	for (unsigned i = index_at(ipa, level, mask); i <= mask && ipa < end; i++) {
		u64 next = (ipa & ~(size - 1)) + size, pa = ipa + offset;
		u64 *entry = &table[i];
		if (level == last_level || (level >= leaf_level && !((ipa | pa) & (size - 1)) && end - ipa >= size)) {
			u64 value = pa | attributes | (level == last_level ? PTE_TYPE : 0);
			if (((*entry ^ value) & ~PTE_PERMISSIONS) == 0) {
				ipa = next;
				continue;
			}
			if (*entry)
				break_entry(entry, ipa, level);
			make_entry(entry, value);
		} else {
			if (!is_table(*entry, level)) {
				u64 *below = alloc_table();
				if (!below)
					return no_memory;
				if (*entry)
					break_entry(entry, ipa & ~(size - 1), level);
				make_entry(entry, address_of(below) | PTE_VALID | PTE_TYPE);
			}
			int result = map(table_at(*entry & PTE_ADDRESS), level + 1, entries - 1, ipa, next < end ? next : end, offset,
					 attributes, leaf_level);
			if (result)
				return result;
		}
		ipa = next;
	}
	return ok;
}

static u64 broken;

static void unmap(u64 *table, int level, unsigned mask, u64 ipa, u64 end)
{
	u64 size = size_at(level);
	for (unsigned i = index_at(ipa, level, mask); i <= mask && ipa < end; i++) {
		u64 next = (ipa & ~(size - 1)) + size, old = table[i];
		u64 *entry = &table[i];
		if (is_table(old, level)) {
			u64 *below = table_at(old & PTE_ADDRESS);
			unmap(below, level + 1, entries - 1, ipa, next < end ? next : end);
			if (*count_of(below) == 1) {
				*(volatile u64 *)entry = 0;
				--*count_of(page_of(entry));
				tlbi_ipa(ipa, 0);
				dsb();
				free_table(below);
			}
		} else if (old) {
			*(volatile u64 *)entry = 0;
			--*count_of(page_of(entry));
			if ((old & PTE_VALID) && ++broken <= 64)
				tlbi_ipa(ipa & ~(size - 1), level);
		}
		ipa = next;
	}
}

static void write_protect(u64 *table, int level, unsigned mask, u64 ipa, u64 end)
{
	u64 size = size_at(level);
	for (unsigned i = index_at(ipa, level, mask); i <= mask && ipa < end; i++) {
		u64 next = (ipa & ~(size - 1)) + size, old = table[i];
		if (is_table(old, level))
			write_protect(table_at(old & PTE_ADDRESS), level + 1, entries - 1, ipa, next < end ? next : end);
		else if (old & PTE_VALID && old & PTE_WRITE)
			*(volatile u64 *)&table[i] = old & ~PTE_WRITE;
		ipa = next;
	}
}

typedef int visitor(void *data, u64 ipa, u64 *entry, int level);

static int walk(u64 *table, int level, unsigned mask, u64 ipa, u64 end, visitor *visit, void *data)
{
	u64 size = size_at(level);
	for (unsigned i = index_at(ipa, level, mask); i <= mask && ipa < end; i++) {
		u64 next = (ipa & ~(size - 1)) + size;
		int result;
		if (is_table(table[i], level))
			result = walk(table_at(table[i] & PTE_ADDRESS), level + 1, entries - 1, ipa, next < end ? next : end, visit, data);
		else
			result = visit(data, ipa, &table[i], level);
		if (result)
			return result;
		ipa = next;
	}
	return ok;
}

static int sum_addresses(void *data, u64 ipa, u64 *entry, int level)
{
	(void)ipa, (void)level;
	if (*entry & PTE_VALID)
		*(u64 *)data += *entry & PTE_ADDRESS;
	return ok;
}

/* A hardware walk: the physical address, or all ones for a fault. */
static __attribute__((noinline)) u64 translate(u64 *root, u64 ipa)
{
	u64 *table = root;
	unsigned mask = entries * root_tables - 1;
	if (ipa >> 40)
		return ~0ull;
	for (int level = start_level;; level++) {
		u64 pte = table[index_at(ipa, level, mask)];
		if (!(pte & PTE_VALID) || (level == last_level && !(pte & PTE_TYPE)))
			return ~0ull;
		if ((pte & PTE_ADDRESS) >> 44)
			return ~0ull;
		if (!is_table(pte, level)) {
			u64 size = size_at(level);
			if (!(pte & PTE_AF) || !(pte & 0x40))
				return ~0ull;
			return (pte & PTE_ADDRESS & ~(size - 1)) | (ipa & (size - 1));
		}
		table = table_at(pte & PTE_ADDRESS);
		mask = entries - 1;
	}
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	u64 bytes = strtoull(argv[1], NULL, 0), leaf_bytes;
	int leaf = atoi(argv[2]), rounds = atoi(argv[3]);
	static const char *names[] = { "map", "walk", "translate", "write-protect", "unmap" };
	double best[5] = { 1e9, 1e9, 1e9, 1e9, 1e9 };
	u64 base = 1ull << 30, offset = 1ull << 32, sum = 0;
	leaf_bytes = size_at(leaf);
	pool_pages = bytes / leaf_bytes / entries * 2 + 64;
	pool = aligned_alloc(1 << 20, (pool_pages << page_shift) + (1 << 20));
	counts = calloc(pool_pages, sizeof(*counts));
	if (!pool || !counts)
		return 1;
	u64 *root = alloc_table();
	alloc_table();
	for (int round = 0; round < rounds; round++) {
		double t[6];
		t[0] = now();
		if (map(root, start_level, entries * root_tables - 1, base, base + bytes, offset, 0x7fdull & ~2ull, leaf))
			return 1;
		t[1] = now();
		walk(root, start_level, entries * root_tables - 1, base, base + bytes, sum_addresses, &sum);
		t[2] = now();
		for (u64 ipa = base; ipa < base + bytes; ipa += leaf_bytes)
			sum += translate(root, ipa);
		t[3] = now();
		write_protect(root, start_level, entries * root_tables - 1, base, base + bytes);
		t[4] = now();
		broken = 0;
		unmap(root, start_level, entries * root_tables - 1, base, base + bytes);
		if (broken > 64)
			tlbi_vmid();
		dsb();
		t[5] = now();
		if (round > 0 || rounds == 1)
			for (int i = 0; i < 5; i++)
				if (t[i + 1] - t[i] < best[i])
					best[i] = t[i + 1] - t[i];
	}
	for (int i = 0; i < 5; i++)
		printf("%s %llu %.9f\n", names[i], (unsigned long long)(bytes / leaf_bytes), best[i]);
	fprintf(stderr, "%llx %llu %llu\n", (unsigned long long)sum, (unsigned long long)invalidations, (unsigned long long)*count_of(root));
	return 0;
}
