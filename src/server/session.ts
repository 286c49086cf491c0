/** One connection to a server: asks one thing at a time, knows why it ended, and always ends. */
import { type Client, DatabaseError } from 'pg'
import {
  inTransaction,
  rollback,
  type Settings,
  STATEMENT_TIMEOUT_MS,
  statementTimeout,
} from '#queries/session.ts'
import type { Failure } from './contract.ts'
import { failureOf, ServerFault } from './failure.ts'
import type { CancelKey } from './wire/login.ts'
import { lossFault } from './wire/network-fault.ts'
import type { Address } from './wire/place.ts'
import type { Wire } from './wire/wire.ts'

/** The rows of one statement as PostgreSQL's own texts, and the names of their columns. */
export interface Answer {
  readonly fields: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** A notice of the server; its texts are hostile until sanitised. */
export interface Notice {
  readonly severity: string
  readonly message: string
  readonly sqlstate: string
}

/** What one connection is made of. */
export interface SessionParts {
  readonly client: Client
  readonly wire: Wire
  readonly place: string
  readonly address: Address
  readonly tls: boolean
  readonly key: CancelKey
}

interface Message {
  readonly text: string
  readonly values: (string | null)[]
  /** Without values the driver would take the simple protocol, which runs whatever follows a semicolon. */
  readonly queryMode?: 'extended'
}

/** Leaves every value as the text that arrived: the kinds of an entry's columns decide what becomes of it. */
const TEXTS = { getTypeParser: () => (text: string) => text }

/** How long a goodbye may take before the socket is cut. */
const GOODBYE_MS = 400

/** A connected session. Behind a pooler (`pooled`) each statement is a transaction of its own. */
export class Session {
  readonly place: string
  readonly address: Address
  readonly tls: boolean
  readonly key: CancelKey
  /** What the server tells of itself, kept up to date: `server_version`, `in_hot_standby`, … */
  readonly parameters: ReadonlyMap<string, string>
  /** Settled when the connection is gone, with the reason. */
  readonly lost: Promise<Failure>
  /** Set outside a transaction nothing would be ours alone: settings to send with each statement. Null: direct. */
  pooled: Settings | null = null
  onNotice: (notice: Notice) => void = () => {}
  /** Told when the server reports a parameter anew: `in_hot_standby` at a promotion (14+). */
  onParameter: (name: string, value: string) => void = () => {}
  readonly #client: Client
  readonly #wire: Wire
  #reason: Failure | null = null
  #timeoutMs = STATEMENT_TIMEOUT_MS
  #underWay = 0
  #gone = false

  constructor(parts: SessionParts) {
    this.place = parts.place
    this.address = parts.address
    this.tls = parts.tls
    this.key = parts.key
    this.#client = parts.client
    this.#wire = parts.wire
    const parameters = new Map(parts.wire.login.parameters)
    this.parameters = parameters
    parts.client.connection.on(
      'parameterStatus',
      (status: { parameterName: string; parameterValue: string }) => {
        parameters.set(status.parameterName, status.parameterValue)
        this.onParameter(status.parameterName, status.parameterValue)
      },
    )
    this.lost = new Promise((resolve) => {
      parts.client.once('end', () => {
        this.#gone = true
        resolve(this.#reason ?? lossFault(parts.place, null).failure)
      })
    })
    parts.client.on('error', (error) => this.#remember(error))
    parts.client.on('notice', (notice) => this.#heed(notice))
  }

  /** A statement is under way. */
  get busy(): boolean {
    return this.#underWay > 0
  }

  /** The connection has ended, or is about to: nothing may be sent any more. */
  get gone(): boolean {
    return this.#gone
  }

  /** The process of the server that serves this session; unknown (0) behind a pooler. */
  get pid(): number {
    return this.pooled === null ? this.key.pid : 0
  }

  /**
   * Runs one statement within `timeoutMs` on the server. `values` are bound; behind a pooler the text must
   * hold none (`inlineParameters`). Throws for any failure.
   */
  async statement(
    text: string,
    options: { readonly values?: readonly (string | null)[]; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    const timeoutMs = options.timeoutMs ?? STATEMENT_TIMEOUT_MS
    if (this.pooled !== null) return last(await this.statements(text, timeoutMs))
    if (timeoutMs !== this.#timeoutMs) {
      await this.messages(statementTimeout(timeoutMs))
      this.#timeoutMs = timeoutMs
    }
    return last(await this.messages(text, options.values))
  }

  /** Runs several statements as one message; gives the answers of those that have columns. */
  async statements(text: string, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<readonly Answer[]> {
    if (this.pooled === null) return await this.messages(text)
    return await this.#transaction(
      inTransaction(text, { ...this.pooled, statement_timeout: String(timeoutMs) }),
    )
  }

  /** Sends one message as it is, of one or more statements, and gives the answers of those that have columns. */
  async messages(text: string, values: readonly (string | null)[] = []): Promise<readonly Answer[]> {
    return await this.#send({ text, values: [...values] })
  }

  /** Sends one message that the server refuses when it holds more than one statement (42601). */
  async single(text: string, values: readonly (string | null)[] = []): Promise<Answer> {
    return last(await this.#send({ text, values: [...values], queryMode: 'extended' }))
  }

  async #send(message: Message): Promise<readonly Answer[]> {
    this.#underWay += 1
    try {
      const query = { ...message, rowMode: 'array' as const, types: TEXTS }
      const results: unknown = await this.#client.query(query)
      return (Array.isArray(results) ? results : [results])
        .filter((result) => result.fields.length > 0)
        .map(answerOf)
    } catch (error) {
      // An error that ended the connection is told as the reason of its end.
      if (error instanceof DatabaseError && !/^57P/.test(error.code ?? '') && error.severity !== 'FATAL')
        throw error
      this.#remember(error)
      // Whoever hears of the failure must find the session gone, and not use it once more.
      this.#wire.destroy()
      throw new ServerFault(await this.lost, error)
    } finally {
      this.#underWay -= 1
    }
  }

  /** Ends the connection at once; statements under way fail with this failure. */
  drop(failure: Failure): void {
    this.#reason ??= failure
    this.#gone = true
    this.#wire.destroy(new ServerFault(failure))
  }

  /** Says goodbye, and cuts the connection when that takes too long. */
  async close(): Promise<void> {
    if (this.#gone) return
    const closing: Failure = { kind: 'lost', message: 'closed by pgtriage', sqlstate: null }
    this.#reason ??= closing
    const cut = setTimeout(() => this.#wire.destroy(), GOODBYE_MS)
    // Never awaited: the driver's promise stays open for as long as a stuck server likes.
    this.#client.end().catch(() => {})
    await this.lost
    clearTimeout(cut)
  }

  async #transaction(text: string): Promise<readonly Answer[]> {
    try {
      return await this.messages(text)
    } catch (error) {
      if (!this.#gone && error instanceof DatabaseError) await this.messages(rollback).catch(() => {})
      throw error
    }
  }

  /** A crash or shutdown announces itself as a notice (57P01, 57P02) before the connection just ends. */
  #heed(message: {
    severity?: string | undefined
    message?: string | undefined
    code?: string | undefined
  }): void {
    const notice = {
      severity: message.severity ?? 'NOTICE',
      message: message.message ?? '',
      sqlstate: message.code ?? '',
    }
    if (notice.sqlstate.startsWith('57P')) this.#reason ??= ended(notice.message, notice.sqlstate)
    this.onNotice(notice)
  }

  /** The first reason is the true one: what follows is only the consequence. */
  #remember(error: unknown): void {
    this.#reason ??=
      error instanceof DatabaseError
        ? { ...failureOf(error, 'lost'), ...ended(error.message, error.code ?? null) }
        : error instanceof ServerFault
          ? error.failure
          : lossFault(this.place, null).failure
  }
}

function ended(message: string, sqlstate: string | null): Failure {
  return { kind: 'lost', message: `the server ended the connection: ${message}`, sqlstate }
}

function last(answers: readonly Answer[]): Answer {
  return answers.at(-1) ?? { fields: [], rows: [] }
}

function answerOf(result: { fields: readonly { name: string }[]; rows: (string | null)[][] }): Answer {
  return { fields: result.fields.map((field) => field.name), rows: result.rows }
}
