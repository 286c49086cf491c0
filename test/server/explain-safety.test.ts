import { rmSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Outcome, Planned } from '#src/explain/contract.ts'
import { behaviourOfBuiltin } from '#src/explain/dangers/effects.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { consentTo, expectNothingLeft, explainerOn, fine, question } from './explain-support.ts'

const DATABASE = 'explain_safety'
const at = (versionNum: number) => sharedCluster().versionNum >= versionNum

beforeAll(async () => {
  const { host, port, user, password } = sharedCluster()
  const remote = `host=${host} port=${port} user=${user} password=${password} dbname=${DATABASE}`
  const outside = `dblink_exec('${remote}', 'INSERT INTO log VALUES (''outside'')')`
  const file = `/tmp/pgtriage-explain-${port}`
  const shell = `COPY (SELECT 1) TO PROGRAM 'cat >> ${file}'`
  const fn = (signature: string, label: string, body: string) =>
    `CREATE FUNCTION ${signature} LANGUAGE plpgsql ${label} AS $body$ BEGIN ${body} END $body$`
  await makeDatabase(DATABASE, [
    'CREATE EXTENSION dblink',
    'CREATE TABLE t (id int PRIMARY KEY, v int)',
    'INSERT INTO t SELECT g, g FROM generate_series(1, 100) AS g',
    'CREATE TABLE log (what text)',
    'CREATE TABLE child (id int REFERENCES t ON DELETE CASCADE)',
    'CREATE SEQUENCE s',
    // Functions that write, plainly and through others.
    fn('writer() RETURNS int', 'VOLATILE', "INSERT INTO log VALUES ('writer'); RETURN 1;"),
    "CREATE FUNCTION sql_writer() RETURNS int LANGUAGE sql AS $$ INSERT INTO log VALUES ('sql'); SELECT 1 $$",
    'CREATE FUNCTION inlined() RETURNS SETOF int LANGUAGE sql STABLE AS $$ SELECT id FROM t WHERE v > 3 $$',
    "CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('s') $$",
    fn('locks() RETURNS int', 'STABLE', 'PERFORM pg_advisory_lock(77); RETURN 1;'),
    fn('outside() RETURNS text', 'VOLATILE', `RETURN ${outside};`),
    fn('pure() RETURNS int', 'VOLATILE', 'RETURN 1;'),
    fn('shell() RETURNS int', 'VOLATILE', `${shell}; RETURN 1;`),
    fn('assembled() RETURNS int', 'VOLATILE', `EXECUTE 'INSERT INTO l' || 'og VALUES (1)'; RETURN 1;`),
    fn(
      'resumes() RETURNS int',
      'VOLATILE',
      'BEGIN PERFORM writer(); EXCEPTION WHEN OTHERS THEN END; RETURN 1;',
    ),
    // Functions that are called by the planner, since they are marked as what they are not.
    fn('folded(i int) RETURNS int', 'IMMUTABLE', 'PERFORM outside(); RETURN i;'),
    fn('folded_shell(i int) RETURNS int', 'IMMUTABLE', 'PERFORM shell(); RETURN i;'),
    fn('folded_hidden(i int) RETURNS int', 'IMMUTABLE', "EXECUTE 'SELECT out' || 'side()'; RETURN i;"),
    fn(
      'folded_path(i int) RETURNS int',
      'STABLE',
      "PERFORM set_config('search_path', 'evil, public', true); PERFORM harmless(); RETURN i;",
    ),
    'CREATE SCHEMA evil',
    `CREATE FUNCTION evil.harmless() RETURNS text LANGUAGE sql AS $$ SELECT public.outside() $$`,
    'CREATE VIEW folded_view AS SELECT folded(1) AS one, id FROM t',
    'CREATE VIEW volatile_view AS SELECT writer() AS one, id FROM t',
    'CREATE TABLE indexed (a int)',
    'CREATE INDEX ON indexed ((a + 1))',
    'CREATE TABLE defaulted (a int, b int DEFAULT 1)',
    'CREATE TABLE counted (a int, b int)',
    'CREATE EXTENSION tablefunc',
    'CREATE EXTENSION file_fdw',
    'CREATE EXTENSION postgres_fdw',
    'CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
    `CREATE FOREIGN TABLE program (l text) SERVER files OPTIONS (program 'echo x | tee -a ${file}')`,
    "CREATE VIEW counting AS SELECT nextval('s') AS n",
    `CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${host}', port '${port}', dbname '${DATABASE}')`,
    `CREATE USER MAPPING FOR postgres SERVER loop OPTIONS (user '${user}', password '${password}')`,
    "CREATE FOREIGN TABLE far_counting (n bigint) SERVER loop OPTIONS (table_name 'counting')",
    "CREATE FOREIGN TABLE far_log (what text) SERVER loop OPTIONS (table_name 'log')",
    'CREATE VIEW editable AS SELECT 1 AS a',
    'CREATE VIEW far_view AS SELECT outside()',
    'CREATE TYPE pair AS (a int, b int)',
    fn('member(p pair) RETURNS int', 'IMMUTABLE', 'PERFORM outside(); RETURN 1;'),
    fn('eq(a int, b text) RETURNS boolean', 'VOLATILE', 'PERFORM outside(); RETURN a::text = b;'),
    'CREATE OPERATOR === (FUNCTION = eq, LEFTARG = int, RIGHTARG = text, RESTRICT = eqsel)',
    fn('checked(i int) RETURNS boolean', 'VOLATILE', 'PERFORM outside(); RETURN true;'),
    'CREATE DOMAIN watched AS int CHECK (checked(VALUE))',
    'CREATE TABLE guarded (a watched)',
    `CREATE FUNCTION to_pair(text) RETURNS pair LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM outside(); RETURN ROW(1, 2); END $$`,
    'CREATE CAST (text AS pair) WITH FUNCTION to_pair(text) AS IMPLICIT',
    'CREATE FUNCTION takes(pair) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT 1 $$',
    'CREATE TABLE pairs (p pair)',
    'CREATE FUNCTION inlines(i int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT folded(1) + i $$',
    'CREATE FUNCTION with_default(i int DEFAULT folded(1)) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN 1; END $$',
    'CREATE TYPE boxed AS (a watched)',
    'CREATE TYPE stretch AS RANGE (SUBTYPE = watched)',
    'CREATE TABLE boxes (b boxed)',
    'CREATE TABLE lists (l watched[])',
    'CREATE FUNCTION opens(b boxed) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT 1 $$',
    fn('same(a int, b text) RETURNS boolean', 'VOLATILE', 'PERFORM outside(); RETURN true;'),
    'CREATE SCHEMA shadow',
    'CREATE OPERATOR shadow.= (FUNCTION = same, LEFTARG = int, RIGHTARG = text, RESTRICT = eqsel)',
    // Relations on which writing does more than it says.
    'CREATE TABLE triggered (a int)',
    fn('before_row() RETURNS trigger', 'VOLATILE', "INSERT INTO log VALUES ('trigger'); RETURN NEW;"),
    'CREATE TRIGGER before_row BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION before_row()',
    'CREATE TRIGGER instead INSTEAD OF INSERT ON editable FOR EACH ROW EXECUTE FUNCTION before_row()',
    'CREATE TABLE far (a int)',
    fn('far_row() RETURNS trigger', 'VOLATILE', 'PERFORM outside(); RETURN NEW;'),
    'CREATE TRIGGER far_row AFTER INSERT ON far FOR EACH ROW EXECUTE FUNCTION far_row()',
    'CREATE TABLE ruled (a int)',
    "CREATE RULE also AS ON INSERT TO ruled DO ALSO INSERT INTO log VALUES ('rule')",
    'CREATE TABLE notified (a int)',
    'CREATE RULE tells AS ON INSERT TO notified DO ALSO NOTIFY explain_safety',
    'CREATE TABLE numbered (id serial, a int)',
    ...(at(140000)
      ? [
          'CREATE FUNCTION atomic_inlines() RETURNS int VOLATILE BEGIN ATOMIC SELECT folded(1); END',
          "CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC INSERT INTO log VALUES ('atomic'); SELECT 1; END",
        ]
      : []),
  ])
  const client = new pg.Client({ connectionString: uriOf(DATABASE) })
  await client.connect()
  // With the function in place from the start these would act as they are made.
  await client.query(fn('quiet(i int) RETURNS int', 'IMMUTABLE', 'RETURN i;'))
  await client.query('CREATE INDEX ON indexed ((quiet(1) + a))')
  await client.query('ALTER TABLE defaulted ALTER b SET DEFAULT quiet(1)')
  await client.query('CREATE TABLE keyed (a int) PARTITION BY RANGE ((quiet(1) + a))')
  if (at(140000)) await client.query('CREATE STATISTICS more ON (quiet(1) + a), b FROM counted')
  await client.query(
    fn('quiet(i int) RETURNS int', 'IMMUTABLE', 'PERFORM outside(); RETURN i;').replace(
      'CREATE',
      'CREATE OR REPLACE',
    ),
  )
  await client.query('DELETE FROM log')
  await client.query('ANALYZE t')
  await client.end()
})

// What a program of the server wrote in the tests.
afterAll(() => rmSync(`/tmp/pgtriage-explain-${sharedCluster().port}`, { force: true }))

/** Everything that a statement here could change, from a second connection. */
async function traces(client: pg.Client): Promise<Record<string, unknown>> {
  const one = async (sql: string) => (await client.query({ text: sql, rowMode: 'array' })).rows
  const { port } = sharedCluster()
  return {
    // Others are not read: the traps in their indexes and defaults would spring.
    tables: await one(
      ['t', 'log', 'child', 'triggered', 'far', 'ruled', 'notified', 'numbered']
        .map((name) => `SELECT '${name}', count(*), sum(hashtext(x::text)::bigint) FROM public.${name} AS x`)
        .join(' UNION ALL '),
    ),
    relations:
      await one(`SELECT relname, relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
      WHERE nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2`),
    functions: await one('SELECT count(*), max(oid) FROM pg_proc'),
    sequences: await one('SELECT sequencename, last_value FROM pg_sequences ORDER BY 1'),
    objects: await one('SELECT count(*) FROM pg_largeobject_metadata'),
    advisory: await one("SELECT objid FROM pg_locks WHERE locktype = 'advisory'"),
    settings: await one('SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting'),
    slots: await one('SELECT slot_name FROM pg_replication_slots'),
    file: await one(`SELECT (pg_stat_file('/tmp/pgtriage-explain-${port}', true)).size`),
  }
}

function changed(before: Record<string, unknown>, after: Record<string, unknown>): readonly string[] {
  return Object.keys(before).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
}

let client: pg.Client

beforeEach(async () => {
  client = await connect(uriOf(DATABASE))
})

interface Told {
  readonly plan: Outcome<Planned>
  readonly steps: readonly string[]
}

/**
 * Tries all three ways. Whatever is asked: nothing changes before consent; what changes after it was told as something
 * that stays.
 */
async function attempt(text: string, more: Partial<Parameters<typeof question>[1]> = {}): Promise<Told> {
  const { explainer } = await explainerOn(uriOf(DATABASE))
  const told: string[] = []
  await client.query('LISTEN explain_safety')
  client.on('notification', ({ payload }) => told.push(payload ?? ''))
  const before = await traces(client)
  const asked = question(text, more)
  const plan = await explainer.plan(asked)
  expect(changed(before, await traces(client)), 'changed by planning').toEqual([])

  const without = await explainer.analyze(asked, consentTo({ dangers: [] }))
  const steps = [without.ok ? 'ran' : without.step]
  expect(changed(before, await traces(client)), 'changed without consent').toEqual([])
  if (plan.ok && plan.dangers.length > 0) expect(without).toMatchObject({ ok: false, step: 'consent' })

  const dangers = plan.ok ? plan.dangers : (plan.dangers ?? [])
  const withConsent = await explainer.analyze({ ...asked, agreed: dangers }, consentTo({ dangers }))
  steps.push(withConsent.ok ? 'ran' : withConsent.step)
  await expectNothingLeft(client)
  const after = await traces(client)
  const stays = changed(before, after)
  if (stays.length > 0)
    expect(dangers.filter(({ isUndone }) => !isUndone).length, `stays: ${stays}`).toBeGreaterThan(0)
  steps.push(...stays)
  await client.query('SELECT 1')
  expect(told).toEqual([])
  return { plan, steps }
}

/** The dangers of a plan, or of its refusal, as one text. */
function sentences({ plan }: Told): string {
  return (plan.dangers ?? [])
    .map(({ isUndone, sentence }) => `${isUndone ? '' : 'STAYS '}${sentence}`)
    .join('\n')
}

describe('no statement but one that can be explained', () => {
  test.each([
    'CREATE TABLE made AS SELECT 1',
    'CREATE MATERIALIZED VIEW made AS SELECT 1',
    'SELECT * INTO made FROM t',
    'WITH x AS (SELECT 1) (SELECT * INTO TEMP made FROM x)',
    'SELECT 1 INTO "made"',
    'SELECT 1; DROP TABLE t',
    'SELECT 1; COMMIT; DROP TABLE t',
    "SELECT 1 -- '\n; DROP TABLE t",
    "SELECT '\\'; DROP TABLE t; --'",
    'EXPLAIN ANALYZE DELETE FROM t',
    'ANALYZE DELETE FROM t',
    '(ANALYZE) DELETE FROM t',
    '(ANALYZE, FORMAT JSON) DELETE FROM t',
    'DO $$ BEGIN DELETE FROM t; END $$',
    "COPY t TO PROGRAM 'cat > /tmp/pgtriage-explain-copy'",
    'COPY (DELETE FROM t RETURNING *) TO STDOUT',
    'EXECUTE pgtriage_explain',
    'DEALLOCATE ALL; SELECT 1',
    'DECLARE c CURSOR WITH HOLD FOR SELECT writer()',
    'REFRESH MATERIALIZED VIEW nothing',
    'CALL nothing()',
    'NOTIFY explain_safety',
    'TRUNCATE t',
    'SELECT 1 AS a) ; DROP TABLE t; --',
    'SELECT 1\0; DROP TABLE t',
    'SELECT U&"\\0077riter"()',
    'COMMIT',
    '',
    '-- nothing',
  ])('%j is refused, and changes nothing', async (text) => {
    const told = await attempt(text)
    expect(told.plan).toMatchObject({ ok: false, step: 'parse' })
    expect(told.steps).toEqual(['parse', 'parse'])
  })

  test.each([
    'SELECT count(*) FROM t;;',
    'SELECT 1 -- comment',
    'SELECT 1 /* ; DROP TABLE t */ ;',
    "VALUES ('; DROP TABLE t')",
  ])('%j is one, and runs', async (text) => {
    expect((await attempt(text)).steps).toEqual(['ran', 'ran'])
  })
})

describe('a statement that writes', () => {
  test.each([
    ['DELETE FROM t', /^deletes rows of public\.t: .*\nmay change rows of public\.child by a foreign key/],
    ['WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) FROM d', /deletes rows of public\.t/],
    ['UPDATE t SET v = v + 1', /updates rows of public\.t/],
    ['INSERT INTO t VALUES (1000) ON CONFLICT (id) DO UPDATE SET v = writer()', /calls public\.writer\(\)/],
    [
      'INSERT INTO triggered VALUES (1)',
      /fires the trigger before_row of public\.triggered, which calls public\.before_row\(\)/,
    ],
    ['INSERT INTO ruled VALUES (1)', /inserts rows into public\.ruled.*[\s\S]*inserts rows into public\.log/],
    ['INSERT INTO notified VALUES (1)', /a rule adds a command without a plan/],
    [
      "INSERT INTO far_log VALUES ('far')",
      /STAYS inserts rows into public\.far_log, which is a foreign table/,
    ],
    [
      'INSERT INTO editable VALUES (1)',
      /fires the trigger instead of public\.editable, which calls public\.before_row/,
    ],
    ['SELECT * FROM t WHERE id < 5 FOR UPDATE', /locks the rows/],
    ['SELECT writer()', /calls public\.writer\(\): tables may be written/],
    ['SELECT sql_writer()', /calls public\.sql_writer\(\): tables may be written/],
    ['SELECT assembled()', /STAYS calls public\.assembled\(\): SQL may run that cannot be seen/],
    [
      'SELECT resumes()',
      /calls public\.resumes\(\), which may lead to public\.writer\(\): tables may be written/,
    ],
    ['SELECT one FROM volatile_view LIMIT 1', /calls public\.writer\(\)/],
    ["SELECT lo_create(4711), lo_from_bytea(0, 'x')", /calls lo_create\(\): large objects are written/],
  ])('%s runs after consent alone, and is undone', async (text, expected) => {
    const told = await attempt(text)
    expect(sentences(told)).toMatch(expected)
    expect(told.plan).toMatchObject({ ok: true })
    expect(told.steps).toEqual(['consent', 'ran'])
  })

  test.runIf(at(140000))('in a body of BEGIN ATOMIC is seen, too', async () => {
    const told = await attempt('SELECT atomic()')
    expect(sentences(told)).toMatch(/calls public\.atomic\(\): tables may be written/)
    expect(told.steps).toEqual(['consent', 'ran'])
  })

  test.runIf(at(150000))('by MERGE is one', async () => {
    const told = await attempt(
      'MERGE INTO t USING t AS o ON t.id = o.id WHEN MATCHED THEN UPDATE SET v = writer()',
    )
    expect(sentences(told)).toMatch(/merges rows into public\.t[\s\S]*calls public\.writer\(\)/)
    expect(told.steps).toEqual(['consent', 'ran'])
  })

  test('although nothing tells of it, is stopped by the server, and may be asked for again', async () => {
    const { explainer } = await explainerOn(uriOf(DATABASE))
    const asked = question("SELECT * FROM crosstab('SELECT writer(), 1, 1') AS c (a int, b int)")
    const plan = fine(await explainer.plan(asked))
    expect(plan.dangers.map(({ kind }) => kind)).toEqual(['volatile function'])
    const before = await traces(client)
    const stopped = await explainer.analyze(asked, consentTo(plan))
    expect(stopped).toMatchObject({ ok: false, step: 'run', failure: { sqlstate: '25006' } })
    const { dangers = [] } = stopped
    expect(dangers[0]?.sentence).toMatch(/^writes, as the server told/)
    expect(await explainer.analyze(asked, consentTo({ dangers }))).toMatchObject({ ok: true })
    expect(changed(before, await traces(client))).toEqual([])
  })
})

describe('what a rollback does not undo is told before', () => {
  test.each([
    ["SELECT nextval('s')", /STAYS calls nextval\(\): a sequence advances/, 'sequences'],
    ["SELECT setval('s', 4711)", /STAYS calls setval\(\): a sequence is set/, 'sequences'],
    ['SELECT counts()', /STAYS calls public\.counts\(\), which may lead to nextval\(\)/, 'sequences'],
    ['INSERT INTO numbered (a) VALUES (1)', /STAYS calls nextval\(\)/, 'sequences'],
    [
      "SELECT * FROM crosstab('SELECT outside(), 1, 1') AS c (a text, b int)",
      /STAYS calls public\.crosstab\(\): it runs SQL/,
      'tables',
    ],
    [
      "SELECT query_to_xml('SELECT outside()', true, false, '')",
      /STAYS calls query_to_xml\(\): it runs SQL/,
      'tables',
    ],
    [
      "SELECT table_to_xml('far_view', true, false, '')",
      /STAYS planning alone may call table_to_xml\(\): it runs SQL/,
      'consent',
    ],
    [
      'SELECT outside()',
      /STAYS calls public\.outside\(\), which may lead to public\.dblink_exec\(\)/,
      'tables',
    ],
    [
      'INSERT INTO far VALUES (1)',
      /STAYS fires the trigger far_row of public\.far, which calls public\.far_row\(\), which may lead to public\.dblink_exec/,
      'tables',
    ],
    ['SELECT shell()', /STAYS calls public\.shell\(\): a file or a program/, 'file'],
    ['SELECT * FROM program', /STAYS reads the foreign table public\.program/, 'file'],
    ['SELECT * FROM far_counting', /STAYS reads the foreign table public\.far_counting/, 'sequences'],
    [
      `SELECT * FROM dblink('host=${sharedCluster().host}', 'SELECT 1') AS d (a int)`,
      /STAYS calls public\.dblink\(\): what it does on another server/,
      null,
    ],
  ])('%s', async (text, expected, stays) => {
    const told = await attempt(text)
    expect(sentences(told)).toMatch(expected)
    expect(told.steps[0]).toBe('consent')
    expect(told.steps.slice(1)).toEqual(
      stays === null ? ['run'] : stays === 'consent' ? ['consent'] : ['ran', stays],
    )
  })

  test.each([
    ['SELECT pg_advisory_lock(1)', /^calls pg_advisory_lock\(\): an advisory lock is taken, and released/],
    ['SELECT pg_advisory_xact_lock(1)', /^calls pg_advisory_xact_lock\(\)/],
    ['SELECT pg_try_advisory_lock_shared(1)', /^calls pg_try_advisory_lock_shared\(\)/],
    ['SELECT locks()', /^calls public\.locks\(\), which may lead to pg_advisory_lock\(\)/],
    ["SELECT pg_notify('explain_safety', 'x')", /^calls pg_notify\(\): its notification is never sent/],
    ['SELECT pure()', /^calls public\.pure\(\), which is marked volatile: no write is seen/],
  ])('%s leaves nothing', async (text, expected) => {
    const told = await attempt(text)
    expect(sentences(told)).toMatch(expected)
    expect(told.steps).toEqual(['consent', 'ran'])
  })

  test.each([
    "SELECT set_config('search_path', 'evil', false)",
    "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)",
    'SELECT random(), clock_timestamp(), pg_backend_pid()',
    'SELECT * FROM inlined()',
  ])('%s is nothing of the kind', async (text) => {
    expect((await attempt(text)).steps).toEqual(['ran', 'ran'])
  })

  test("set_config('transaction_read_only', 'off') opens no door", async () => {
    const told = await attempt(
      "SELECT set_config('transaction_read_only', 'off', true), set_config('default_transaction_read_only', 'off', false)",
    )
    expect(told.steps).toEqual(['run', 'run'])
  })
})

describe('planning, which calls functions that are marked as what they are not, is refused before it does', () => {
  test.each([
    ['SELECT folded(1)', 'public.folded()'],
    ['SELECT folded_shell(1)', 'public.folded_shell()'],
    ['SELECT folded_hidden(1)', 'public.folded_hidden()'],
    ['SELECT folded_path(1)', 'public.folded_path()'],
    ['SELECT * FROM folded_view', 'public.folded()'],
    ['SELECT * FROM indexed', 'public.quiet()'],
    ['INSERT INTO defaulted (a) VALUES (1)', 'public.quiet()'],
    ['SELECT * FROM keyed', 'public.quiet()'],
    ...(at(140000) ? [['SELECT * FROM counted', 'public.quiet()']] : []),
    ["INSERT INTO pairs VALUES ('(1,2)'::text)", 'public.to_pair()'],
    ["SELECT takes('(1,2)'::text)", 'public.to_pair()'],
    ['SELECT (ROW(1, 2)::pair).member', 'public.member()'],
    ['SELECT inlines(2)', 'public.folded()'],
    ...(at(140000) ? [['SELECT atomic_inlines()', 'public.folded()']] : []),
    ['SELECT with_default()', 'public.folded()'],
    ["SELECT * FROM t WHERE id IN ('1'::text)", 'public.same()'],
    // A literal is checked as soon as it is parsed.
    ['SELECT 5::watched', 'public.checked()'],
    ['INSERT INTO guarded VALUES (5)', 'public.checked()'],
    ["SELECT '(5)'::boxed", 'public.checked()'],
    ["SELECT '{5}'::watched[]", 'public.checked()'],
    ["SELECT '[5,6)'::stretch", 'public.checked()'],
    ["INSERT INTO boxes VALUES ('(5)')", 'public.checked()'],
    ["SELECT * FROM lists WHERE l = '{5}'", 'public.checked()'],
    ["SELECT opens('(5)')", 'public.checked()'],
    ['SELECT * FROM json_populate_record(NULL::boxed, \'{"a": 5}\')', 'public.checked()'],
    ["SELECT * FROM t WHERE id === 'x'", 'public.eq()'],
  ])('%s', async (text = '', name = '') => {
    const { explainer } = await explainerOn(uriOf(DATABASE))
    const before = await traces(client)
    const settings = { search_path: 'public, shadow' }
    const plan = await explainer.plan(question(text, { settings }))
    expect(plan).toMatchObject({ ok: false, step: 'consent' })
    expect(plan.dangers?.map(({ sentence }) => sentence).join()).toContain(`planning alone may call ${name}`)
    expect(changed(before, await traces(client))).toEqual([])
    const agreed = await explainer.plan(question(text, { settings, agreed: plan.dangers ?? [] }))
    expect(agreed).toMatchObject({ ok: true })
    const ran = await explainer.analyze(
      agreed.ok ? agreed.question : question(text),
      consentTo({ dangers: agreed.dangers ?? [] }),
    )
    expect(ran).toMatchObject({ ok: true })
  })
})

describe('names and values cannot add anything', () => {
  test.each([
    ["'); DROP TABLE t; --"],
    ["\\'); DROP TABLE t; --"],
    ["', (DELETE FROM t RETURNING 1)) --"],
    ['$$); DROP TABLE t; --'],
  ])('the value %j', async (value) => {
    const told = await attempt('SELECT count(*) FROM log WHERE what = $1', { values: [value] })
    expect(told.steps).toEqual(['ran', 'ran'])
    const other = await attempt('SELECT count(*) FROM log WHERE what = $1', {
      values: [value],
      settings: { standard_conforming_strings: 'off' },
    })
    expect(other.steps).toEqual(['ran', 'ran'])
  })

  test.each([
    [{ "work_mem', '1MB'); DROP TABLE t; --": '1' }],
    [{ work_mem: "1MB'; DROP TABLE t; --" }],
    [{ transaction_read_only: 'off' }],
    [{ Statement_Timeout: '0' }],
    [{ session_authorization: 'postgres' }],
    [{ nonsense: '1' }],
  ])('the settings %j are refused', async (settings) => {
    expect((await attempt('DELETE FROM t', { settings })).plan).toMatchObject({ ok: false, step: 'settings' })
  })

  test('a table whose name is a statement is a name', async () => {
    await client.query('CREATE TABLE "x; DROP TABLE t; --" (a int)')
    onTestFinished(async () => void (await client.query('DROP TABLE "x; DROP TABLE t; --"')))
    expect((await attempt('SELECT * FROM "x; DROP TABLE t; --"')).steps).toEqual(['ran', 'ran'])
  })

  test('objects of a user in the way of our own questions are not called', async () => {
    await client.query('CREATE SCHEMA trap')
    await client.query(`CREATE FUNCTION trap.set_config(text, text, boolean) RETURNS text
      LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(); RETURN ''; END $$`)
    onTestFinished(async () => void (await client.query('DROP SCHEMA trap CASCADE')))
    await client.query(
      `CREATE FUNCTION trap.same(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(); RETURN true; END $$`,
    )
    await client.query('CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = name, RIGHTARG = text)')
    await client.query(
      `CREATE FUNCTION trap.same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.outside(); RETURN true; END $$`,
    )
    await client.query('CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = oid, RIGHTARG = oid)')
    await client.query(
      `ALTER ROLE postgres IN DATABASE ${DATABASE} SET search_path = trap, pg_catalog, public`,
    )
    onTestFinished(
      async () => void (await client.query(`ALTER ROLE postgres IN DATABASE ${DATABASE} RESET search_path`)),
    )
    expect((await attempt('SELECT count(*) FROM public.t')).steps).toEqual(['consent', 'consent'])
    const { explainer } = await explainerOn(uriOf(DATABASE))
    const before = await traces(client)
    const plan = await explainer.plan(question('SELECT count(*) FROM public.t'))
    const agreed = { agreed: plan.dangers ?? [] }
    expect(await explainer.plan(question('SELECT count(*) FROM public.t', agreed))).toMatchObject({
      ok: true,
    })
    expect(changed(before, await traces(client))).toEqual([])
  })
})

test('every volatile function of the server is known to act, or to do nothing but look', async () => {
  const { rows } = await client.query(
    "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND oid < 16384 AND pronamespace = 'pg_catalog'::regnamespace",
  )
  const unknown = rows.filter(({ proname }) => behaviourOfBuiltin(proname).kind === 'unknown')
  expect(unknown).toEqual([])
})
