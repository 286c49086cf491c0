/** Operator classes, collations, access methods. */
import { both, first, longer, look, on, type StructureCase, second } from './case.ts'

export const classes: readonly StructureCase[] = [
  on('varchar_ops and text_ops', '(v) | (v varchar_ops) | (v text_ops)', {
    i: 'keep',
    j: 'duplicate i',
    k: 'duplicate i',
  }),
  on('text_pattern_ops', '(e) | (e text_pattern_ops)', both),
  on('text_pattern_ops twins', '(e text_pattern_ops) | (e text_pattern_ops)', second),
  on('text_pattern_ops and varchar_pattern_ops', '(v varchar_pattern_ops) | (v text_pattern_ops)', second),
  on('pattern class before a column', '(e text_pattern_ops) | (e, a)', both),
  on('pattern class before a column, both', '(e text_pattern_ops) | (e text_pattern_ops, a)', longer),
  on('bpchar_pattern_ops', '(q) | (q bpchar_pattern_ops)', both),
  on('cidr_ops and inet_ops', '(f) | (f cidr_ops) | (f inet_ops)', {
    i: 'keep',
    j: 'duplicate i',
    k: 'duplicate i',
  }),
  on('unique pattern class', 'unique (e) | unique (e text_pattern_ops)', both),
  on('jsonb_path_ops', 'USING gin (j) | USING gin (j jsonb_path_ops)', both),
  on('kd_point_ops', 'USING spgist (p) | USING spgist (p kd_point_ops)', both),
  on('GiST trigrams', 'USING gist (e public.gist_trgm_ops) | USING gist (e public.gist_trgm_ops)', second),
  on(
    'GiST trigrams of other lengths',
    'USING gist (e public.gist_trgm_ops (siglen = 32)) | USING gist (e public.gist_trgm_ops (siglen = 64)) | USING gist (e public.gist_trgm_ops)',
    { i: 'keep', j: 'keep', k: 'keep' },
  ),
  on(
    'GiST trigrams of one length',
    'USING gist (e public.gist_trgm_ops (siglen = 32)) | USING gist (e public.gist_trgm_ops (siglen = 32))',
    second,
  ),
  on('tsvector of another length', 'USING gist (s) | USING gist (s tsvector_ops (siglen = 100))', both),
  on('intarray', 'USING gin (n) | USING gin (n public.gin__int_ops)', both),
  on(
    'trigrams by GIN and GiST',
    'USING gin (e public.gin_trgm_ops) | USING gist (e public.gist_trgm_ops)',
    both,
  ),
]

export const collations: readonly StructureCase[] = [
  on('another collation', '(e) | (e COLLATE "C")', both),
  on('two names of one collation', '(e COLLATE "C") | (e COLLATE "POSIX")', both),
  on('collation twins', '(e COLLATE "C") | (e COLLATE "C")', second),
  on('the collation of the column', '(x) | (x COLLATE "C")', second),
  on('another second collation', '(a, e COLLATE "C") | (a, e, b)', both),
  on('collation before a column', '(e COLLATE "C") | (e COLLATE "C", b)', longer),
  on('unique in another collation', 'unique (e) | unique (e COLLATE "C")', both),
]

export const methods: readonly StructureCase[] = [
  on('hash and btree', 'USING hash (a) | (a)', both),
  on('hash twins', 'USING hash (a) | USING hash (a)', second),
  on('hash, and btree of more', 'USING hash (a) | (a, b)', both),
  on('GiST twins', 'USING gist (p) | USING gist (p)', second),
  on('GiST before a column', 'USING gist (p) | USING gist (p, r)', { i: 'review j', j: 'keep' }),
  on('GiST in another order', 'USING gist (p, r) | USING gist (r, p)', both),
  on('GiST with INCLUDE', 'USING gist (p) | USING gist (p) INCLUDE (a)', first),
  on('GiST with other INCLUDE', 'USING gist (p) INCLUDE (b) | USING gist (p) INCLUDE (a)', look),
  on('GiST that INCLUDEs its key', 'USING gist (s) INCLUDE (s) | USING gist (s)', second),
  on('GiST and SP-GiST', 'USING gist (p) | USING spgist (p)', both),
  on('GiST on part', 'USING gist (p) | USING gist (p) WHERE a > 0', look),
  on('SP-GiST twins', 'USING spgist (p) | USING spgist (p)', second),
  on('GIN twins', 'USING gin (j) | USING gin (j)', second),
  on('GIN before a column', 'USING gin (j) | USING gin (j, n)', { i: 'review j', j: 'keep' }),
  on('GIN in another order', 'USING gin (j, n) | USING gin (n, j)', both),
  on('GIN with fastupdate', 'USING gin (j) | USING gin (j) WITH (fastupdate = off)', second),
  on('GIN of a plain column', 'USING gin (a) | (a)', both),
  on('GiST of a plain column', 'USING gist (a) | (a)', both),
  on('BRIN twins', 'USING brin (a) | USING brin (a)', second),
  on('BRIN before a column', 'USING brin (a) | USING brin (a, b)', { i: 'review j', j: 'keep' }),
  on(
    'BRIN of other ranges',
    'USING brin (a) WITH (pages_per_range = 4) | USING brin (a) WITH (pages_per_range = 64)',
    look,
  ),
  on(
    'BRIN of one range',
    'USING brin (a) WITH (pages_per_range = 4) | USING brin (a) WITH (pages_per_range = 4)',
    second,
  ),
  on('BRIN and btree', 'USING brin (a) | (a)', both),
  on('BRIN of several ranges', 'USING brin (a) | USING brin (a int4_minmax_multi_ops)', both, {
    since: 140_000,
  }),
  on('bloom twins', 'USING bloom (a) | USING bloom (a)', look),
  on('bloom of other columns', 'USING bloom (a) | USING bloom (b)', both),
]
