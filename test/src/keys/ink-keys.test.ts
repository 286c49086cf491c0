import { useInput } from 'ink'
import { render } from 'ink-testing-library'
import { createElement } from 'react'
import { expect, it, vi } from 'vitest'
import type { KeyFlags } from '#src/keys/split.ts'
import { inkCalls } from './ink-keys.ts'

const chunks = [
  'jjj',
  'j\r',
  '\x01\x02',
  '\r',
  '\n',
  '\t',
  '\x7f',
  ' ',
  '\x00',
  '\x1b[A',
  '\x1b[Z',
  '\x1b[1;5C',
  '\x1bj',
  '\x1bO',
  '\x1b[',
  'K',
  '\x1b\x1b',
  '\x1b',
]

type Call = readonly [string, KeyFlags]

function Listener({ heard }: { readonly heard: (call: Call) => void }): null {
  useInput((input, key) => heard([input, key]))
  return null
}

it.each(chunks)('tells what Ink itself hands over for %j', async (chunk) => {
  const calls: Call[] = []
  const { stdin, unmount } = render(createElement(Listener, { heard: (call: Call) => calls.push(call) }))
  const expected = inkCalls(chunk)
  stdin.write(chunk)
  await vi.waitFor(() => expect(calls).toHaveLength(expected.length))
  expect(calls).toMatchObject(expected)
  unmount()
})
