/** All that is known of one index, or of a foreign key that lacks one. */
import { indexDefinition } from '#queries/index-definition.ts'
import type { Item } from '#src/indexes/item.ts'
import type { Ask } from '#src/reading/ask.ts'
import { CatalogDetail } from '#src/ui/catalog-detail.ts'
import type { IndexesContext } from './context.ts'
import type { Definitions } from './definitions.ts'
import { detailLines } from './detail-lines.ts'

export type IndexDetail = CatalogDetail<Item, Definitions>

/** More indexes of one table are not read side by side. */
const MOST_DEFINITIONS = 50

/** The detail of an item. */
export function indexDetail(model: IndexesContext, item: Item): IndexDetail {
  const { app, beside } = model
  const { tableOid } = item
  const ofTable = () => model.items.filter((each) => each.tableOid === tableOid && each.index !== null)
  return new CatalogDetail({
    item,
    theme: app.theme,
    ask: () => model.ask,
    find: ({ key }) => model.items.find((each) => each.key === key),
    // Of the index, of the one that covers it, and of all others of the table: they are compared.
    load: (_item, ask) =>
      definitionsOf(
        ask,
        ofTable().flatMap(({ index }) => index?.oid ?? []),
      ),
    countBloat: ({ index }, exact) => {
      if (index !== null) exact.countIndex(index.oid)
    },
    content: (shown, width) =>
      detailLines(
        { ...shown, beside, others: ofTable().filter(({ key }) => key !== item.key) },
        width,
        app.theme,
      ),
    onReading: model.onReading,
    onLeave: () => model.closeDetail(),
  })
}

async function definitionsOf(ask: Ask, oids: readonly number[]): Promise<Definitions> {
  const outcome = await ask(indexDefinition, [oids.slice(0, MOST_DEFINITIONS)])
  return outcome.ok
    ? { rows: new Map(outcome.rows.map((row) => [row.indexrelid ?? 0, row])), failure: null }
    : { rows: new Map(), failure: outcome.failure }
}
