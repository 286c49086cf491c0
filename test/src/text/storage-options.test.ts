import { describe, expect, test } from 'vitest'
import { booleanOption, integerOption, realOption, storageOptions } from '#src/text/storage-options.ts'

const only = (value: string) => storageOptions([`a=${value}`])

describe('a storage parameter', () => {
  test.each<[string, boolean | null]>([
    ['true', true],
    ['T', true],
    ['yes', true],
    ['ye', true],
    ['on', true],
    ['1', true],
    ['FALSE', false],
    ['f', false],
    ['n', false],
    ['of', false],
    ['off', false],
    ['0', false],
    ['o', null],
    ['', null],
    ['offs', null],
  ])('is a boolean as PostgreSQL reads it: %s', (text, value) => {
    expect(booleanOption(only(text), 'a')).toBe(value)
  })

  test.each<[string, number | null]>([
    ['50', 50],
    ['-1', -1],
    ['1e3', 1000],
    ['0x10', 16],
    ['-0x10', -16],
    ['010', 8],
    ['50.5', 50],
    ['51.5', 52],
    [' 7 ', 7],
    ['x', null],
  ])('is an integer as PostgreSQL reads it: %s', (text, value) => {
    expect(integerOption(only(text), 'a')).toBe(value)
  })

  test.each<[string, number | null]>([
    ['1e-2', 0.01],
    ['.5', 0.5],
    ['010', 10],
    ['0x1p-2', 0.25],
    ['0x.8', 0.5],
    ['', null],
  ])('is a number as PostgreSQL reads it: %s', (text, value) => {
    expect(realOption(only(text), 'a')).toBe(value)
  })

  test('is not set where there are none', () => {
    expect(storageOptions(null)).toBeNull()
    expect(booleanOption(null, 'a')).toBeNull()
    expect(integerOption(storageOptions(['b=1']), 'a')).toBeNull()
  })

  test('may hold an equals sign', () => {
    expect(storageOptions(['a=b=c'])?.get('a')).toBe('b=c')
  })
})
