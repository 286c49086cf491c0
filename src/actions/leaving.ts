/** What happens when the program is left in the middle of an action: nothing is waited for any more. */

/** What was waited for, or that the program is being left. */
export type Finished<T> = { readonly left: false; readonly value: T } | { readonly left: true }

/** Starts `work` and waits for it, until `signal` is aborted; once it is, nothing is started. */
export async function unlessLeft<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<Finished<T>> {
  if (signal === undefined) return { left: false, value: await work() }
  if (signal.aborted) return { left: true }
  let leave = (): void => {}
  const left = new Promise<Finished<T>>((resolve) => {
    leave = () => resolve({ left: true })
  })
  signal.addEventListener('abort', leave)
  try {
    return await Promise.race([work().then((value): Finished<T> => ({ left: false, value })), left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
