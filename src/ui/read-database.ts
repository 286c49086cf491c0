/** A database's catalogs as a screen looks at them: the connected one again and again, another one once. */
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import { relationSizes } from '#queries/relation-sizes.ts'
import type { Ask, Read } from '#src/reading/ask.ts'
import { readOtherDatabase } from '#src/reading/other-database.ts'
import { Reading, type Reported } from '#src/reading/reading.ts'
import type { Failure } from '#src/server/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'
import { LookedUp, type LookedUpRow } from './looked-up.ts'
import { Listeners, Store } from './store.ts'

export interface ReadDatabaseOptions<T> {
  /** One whole reading of a database. */
  readonly read: (ask: Ask, facts: ServerFacts, preview?: (value: T) => void) => Promise<Read<T>>
  /** The oids of the relations on screen now. */
  readonly visible: () => readonly number[]
}

/** An exact size is asked for again after this, to see what grows; one that was locked sooner. */
const SIZE_GOOD_FOR_MS = 15_000
const LOCKED_GOOD_FOR_MS = 3000

const NOT_CONNECTED: Failure = { kind: 'lost', message: 'not connected', sqlstate: null }

/** What is read of a database, with exact sizes of what is visible. */
export class ReadDatabase<T> {
  /** Exact sizes; of the connected database only. */
  readonly #sizes: LookedUp<EntryRow<typeof relationSizes>>
  readonly #app: App
  readonly #options: ReadDatabaseOptions<T>
  readonly #own: Reading<T>
  readonly #other = new Store<{ readonly database: string; readonly reading: Reading<T> } | null>(null)
  readonly #listeners = new Listeners()

  constructor(app: App, options: ReadDatabaseOptions<T>) {
    this.#app = app
    this.#options = options
    const { server, monitor } = app.options
    const mayRead = () => !monitor.paused && server.link.status === 'up'
    this.#own = new Reading({
      read: async (preview) =>
        server.facts === null
          ? { ok: false, failure: NOT_CONNECTED }
          : await options.read(this.#askOwn, server.facts, preview),
      mayRead,
    })
    this.#sizes = new LookedUp({
      ask: async (oids) => await this.#askOwn(relationSizes, [oids]),
      oidOf: ({ relid }) => relid,
      goodForMs: ({ locked }) => (locked === true ? LOCKED_GOOD_FOR_MS : SIZE_GOOD_FOR_MS),
    })
    for (const source of [this.#own, this.#sizes, this.#other]) source.subscribe(this.#listeners.tell)
  }

  readonly subscribe = this.#listeners.subscribe

  /** The newest reading of what is shown. */
  get reported(): Reported<T> {
    return (this.#other.get()?.reading ?? this.#own).get()
  }

  /** The other database that is shown; null for the one that is connected. */
  get other(): string | null {
    return this.#other.get()?.database ?? null
  }

  /** Asks about what is shown; another database was left, and is not asked again for a detail. */
  get ask(): Ask {
    return this.other === null ? this.#askOwn : notAsked
  }

  open(): void {
    this.#own.open()
  }

  close(): void {
    this.#own.close()
    this.#sizes.close()
    this.#other.get()?.reading.close()
    this.#other.set(null)
  }

  /** Reads again what is shown. */
  refresh(): void {
    const { reading } = this.#other.get() ?? { reading: this.#own }
    reading.refresh()
  }

  /** The server is another one now. */
  forget(): void {
    this.leaveOther()
    this.#sizes.forget()
    this.#own.forget()
  }

  /** Shows another database, read once; null goes back to the one that is connected. */
  show(database: string | null): void {
    this.leaveOther()
    if (database === null) return
    const { server } = this.#app.options
    const reading = new Reading<T>({
      read: async () => await readOtherDatabase(server, database, this.#options.read),
      mayRead: () => server.link.status === 'up',
      isOnce: true,
    })
    reading.subscribe(() => {
      const { failure, isReading } = reading.get()
      if (failure !== null && !isReading)
        this.#app.toasts.show(safe`${toSafeText(database)}: ${toSafeText(failure.message)}`, 'critical')
      this.#listeners.tell()
    })
    this.#other.set({ database, reading })
    reading.open()
  }

  /** Back to the connected database; false when that is shown. */
  leaveOther(): boolean {
    const other = this.#other.get()
    other?.reading.close()
    this.#other.set(null)
    return other !== null
  }

  /** The exact size of a relation of what is shown: another database may have the same oid for something else. */
  sizeOf(oid: number): LookedUpRow<EntryRow<typeof relationSizes>> | undefined {
    return this.other === null ? this.#sizes.get(oid) : undefined
  }

  /** Has the exact sizes of the visible rows asked for. */
  lookAtVisible(): void {
    this.#sizes.want(this.other === null ? this.#options.visible() : [])
  }

  /** On the session for what takes long: half a second on the polling one would hold up everything else. */
  readonly #askOwn: Ask = async (entry, parameters = []) =>
    await this.#app.options.monitor.ask(entry, { session: 'task', parameters })
}

const notAsked: Ask = (entry: Entry) =>
  Promise.resolve({
    ok: false,
    failure: {
      kind: 'unavailable',
      message: `${entry.title.toLowerCase()}: not asked in another database, which was left at once`,
      sqlstate: null,
    },
    tookMs: 0,
  })
