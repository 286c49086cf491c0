import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '#src/actions/redact.ts'

describe('redact', () => {
  it.each([
    `ALTER ROLE bob PASSWORD 'S3CRET'`,
    `CREATE ROLE bob LOGIN ENCRYPTED PASSWORD 'S3CRET' VALID UNTIL 'infinity'`,
    `alter user bob with password E'S3\\'CRET'`,
    `ALTER USER bob PASSWORD $pw$S3CRET$pw$`,
    `ALTER ROLE bob PASSWORD 'it''s S3CRET`,
    `CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password 'S3CRET')`,
    `ALTER SUBSCRIPTION s CONNECTION 'host=db1 password = S3CRET'`,
    `CREATE SUBSCRIPTION s CONNECTION 'host=db1 password=''S3CRET'' dbname=x' PUBLICATION p`,
    `ALTER SYSTEM SET primary_conninfo = 'host=db1 password=S3CRET'`,
    `ALTER SYSTEM SET primary_conninfo TO 'host=db1 password=S3CRET'`,
    `SELECT * FROM dblink('host=x password=S3CRET', 'select 1') AS t(a int)`,
    `SELECT dblink_connect_u('c', 'password=S3CRET')`,
    `SELECT pgp_sym_encrypt('data', 'S3CRET')`,
    `SELECT pgp_sym_decrypt(col, (SELECT 'S3CRET'))`,
    `UPDATE users SET pw = crypt('S3CRET', gen_salt('bf'))`,
    `SET myapp.token = 'S3CRET'`,
    `SET myapp.api_key TO 'S3CRET'`,
    `SELECT set_config('x', '{"password": "S3CRET"}', false)`,
    `SELECT '{"client_secret":"S3CRET"}'::jsonb`,
    `SELECT f(access_token => 'S3CRET')`,
    `COPY t FROM PROGRAM 'curl -u me:S3CRET https://x'`,
    `COPY t FROM PROGRAM 'curl --user=me:S3CRET https://x'`,
    `COPY t FROM PROGRAM 'curl -H "Authorization: Bearer S3CRET.abc-1"'`,
    `COPY t FROM PROGRAM 'PGPASSWORD=S3CRET psql'`,
    `SELECT 'postgres://bob:S3CRET@db1/x'`,
    `SELECT 'postgresql+ssl://:S3CRET@db1/x'`,
    `CREATE USER bob IDENTIFIED BY 'S3CRET'`,
    `SELECT 'SCRAM-SHA-256$4096:S3CRET$a:b'`,
    `SELECT "Password" = 'S3CRET'`,
    `SELECT passphrase 'S3CRET', 2`,
  ])('hides the secret in %s', (query) => {
    expect(redact(query)).not.toContain('CRET')
    expect(redact(query)).toContain('***')
  })

  it('hides hashes and cloud keys', () => {
    expect(redact(`x md5${'0a'.repeat(16)} AKIA${'Q7'.repeat(8)}`)).toBe('x *** ***')
  })

  it.each([
    `SELECT * FROM users WHERE password = $1 AND token = $2`,
    `CREATE TABLE users (id int, password text, token uuid)`,
    `UPDATE users SET password = new_password WHERE id = 'abc'`,
    `SELECT count(*) FROM tokens JOIN secrets USING (id) WHERE name = 'Ann'`,
    `SELECT 'https://example.org/a:b', '12:30', now()::text`,
    `SELECT 'basic plan'`,
    `SELECT password=crypt($1, password)`,
  ])('leaves %s alone', (query) => {
    expect(redact(query)).toBe(query)
  })

  it('keeps what stands around a secret', () => {
    expect(redact(`ALTER ROLE bob PASSWORD 'x' VALID UNTIL 'infinity'`)).toBe(
      `ALTER ROLE bob PASSWORD '***' VALID UNTIL 'infinity'`,
    )
    expect(redact(`SELECT crypt(lower('x'), 'y') || 'kept', f('kept')`)).toBe(
      `SELECT crypt(lower('***'), '***') || 'kept', f('kept')`,
    )
  })

  it('hides a password whatever stands before and after it', () => {
    const garbage = fc
      .array(
        fc.constantFrom(
          'password ',
          'token',
          "'",
          '"',
          '$$',
          '$a$',
          '=',
          ' ',
          ':',
          '(',
          ')',
          'crypt(',
          'dblink(',
          '://',
          '@',
          'x',
          "E'",
          '\\',
          'connection ',
          '*',
          'bearer ',
          ' -u ',
          'to ',
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(garbage, garbage, (before, after) => {
        expect(redact(`${before} PASSWORD 'S3CRET'${after}`)).not.toContain('S3CRET')
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    'token',
    'a.',
    'password ',
    'a://',
    "crypt('",
    'crypt(',
    '$a$b',
    "dblink('",
    'connection ',
    ' -u a',
    'bearer ',
    '"',
    'a',
  ])('reads a megabyte of %j', (piece) => {
    expect(redact(piece.repeat(1_000_000 / piece.length))).toBeTypeOf('string')
  })
})
