/** Opening and closing what the Locks screen draws together: branches, things, and alike waiters. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Party } from '#src/locks/party.ts'
import type { LiveTable } from '#src/ui/live-table.ts'
import { Store } from '#src/ui/store.ts'
import { type ChosenFolding, keyOf, type LocksTableRow, UNFOLDED } from '#src/view/locks/rows.ts'

/** What a person has opened and closed, and the keys over it. */
export class Branches {
  readonly folding = new Store<ChosenFolding>(UNFOLDED)
  readonly #table: () => LiveTable<LocksTableRow>

  constructor(table: () => LiveTable<LocksTableRow>) {
    this.#table = table
  }

  /** Opens what is closed at the cursor. */
  open(): void {
    const row = this.#table().chosen
    if (row?.kind === 'more' || (row !== null && 'folded' in row && row.folded > 0)) {
      this.toggle(row)
    }
  }

  /** Closes the branch at the cursor, or the group that the row is one of; else goes up to where it hangs. */
  close(): void {
    const row = this.#table().chosen
    if (row === null) {
      return
    }
    if (row.kind === 'thing' ? row.folded === 0 : row.kind === 'party' && row.canFold && row.folded === 0) {
      this.toggle(row)
    } else if (row.kind === 'party' && row.group !== null) {
      this.#table().forget()
      this.#flip('opened', row.group)
      this.#table().choose(row.group)
    } else if (row.kind !== 'thing' && row.edge !== null) {
      this.#table().choose(keyOf(row.edge.blocker))
    }
  }

  /** Opens what is closed, and closes what is open. */
  toggle(row: LocksTableRow): void {
    if (row.kind === 'more') {
      // Its row goes: the first that it stood for takes the cursor.
      this.#table().forget()
    }
    this.#flip(row.kind === 'more' ? 'opened' : 'closed', row.key)
    if (row.kind === 'more') {
      const [first] = row.parties
      const rows = this.#table().arrangement.rows
      const key = rows.find((each) => each.kind === 'party' && each.party === first)?.key
      if (key !== undefined) {
        this.#table().choose(key)
      }
    }
  }

  /** Opens all that hides a party in the tree. */
  reveal(party: Party, analysis: LockAnalysis): void {
    const closed = new Set(this.folding.get().closed)
    const seen = new Set<Party>()
    for (
      let at = analysis.nodeOf(party)?.edge?.blocker;
      at !== undefined && !seen.has(at);
      at = analysis.nodeOf(at)?.edge?.blocker
    ) {
      seen.add(at)
      closed.delete(keyOf(at))
    }
    this.folding.update((folding) => ({ ...folding, closed }))
    const rows = this.#table().arrangement.rows
    const group = rows.find((row) => row.kind === 'more' && row.parties.includes(party))
    if (group !== undefined) {
      this.#flip('opened', group.key)
    }
  }

  #flip(set: keyof ChosenFolding, key: string): void {
    this.folding.update((folding) => {
      const changed = new Set(folding[set])
      if (!changed.delete(key)) {
        changed.add(key)
      }
      return { ...folding, [set]: changed }
    })
  }
}
