/** Everything a person sees: header, tabs, body, footer; each part drawn anew only when its text is another. */
import { Box, useInput, usePaste } from 'ink'
import type { ReactNode } from 'react'
import type { KeyFlags } from '#src/keys/split.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from './app.ts'
import type { FrameParts } from './frame-parts.ts'
import { Lines } from './lines.ts'
import { type Readable, useReadable } from './store.ts'

/** The root component. It knows the size, hears the keys, and nothing else. */
export function Frame({ app, parts }: { app: App; parts: FrameParts }): ReactNode {
  const { rows } = useReadable(app.size)
  useInput((input, key) => app.press(input, key as KeyFlags))
  usePaste(app.paste)
  return (
    <Box flexDirection="column" height={rows}>
      <Part lines={parts.header} />
      <Part lines={parts.body} />
      <Part lines={parts.footer} />
    </Box>
  )
}

function Part({ lines }: { lines: Readable<readonly Drawable[]> }): ReactNode {
  return <Lines lines={useReadable(lines)} />
}
