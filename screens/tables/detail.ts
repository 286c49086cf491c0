/** All that is known of one table. */
import { tableDetail as entry } from '#queries/table-detail.ts'
import type { TableItem } from '#src/tables/item.ts'
import { CatalogDetail } from '#src/ui/catalog-detail.ts'
import type { TablesContext } from './context.ts'
import { detailLines } from './detail-lines.ts'
import type { Belongings } from './known.ts'

export type TableDetail = CatalogDetail<TableItem, Belongings>

/** The detail of a table. */
export function tableDetail(model: TablesContext, item: TableItem): TableDetail {
  const { app, beside } = model
  const { oid, row } = item.facts
  const relids = [oid, row.toast_oid]
  return new CatalogDetail({
    item,
    theme: app.theme,
    ask: () => model.ask,
    find: ({ key }) => model.report?.items.find((each) => each.key === key),
    load: async (_item, ask): Promise<Belongings> => {
      const outcome = await ask(entry, [oid])
      return outcome.ok
        ? { row: outcome.rows[0] ?? null, failure: null }
        : { row: null, failure: outcome.failure }
    },
    countBloat: (_item, exact) => exact.countTable(oid),
    content: (shown, width) =>
      detailLines(
        {
          ...shown,
          beside,
          holders: model.report?.holders ?? [],
          progress: (model.reading?.progress ?? []).filter(
            ({ relid }) => relid !== null && relids.includes(relid),
          ),
          roleNames: app.options.server.facts?.roleNames ?? new Map(),
        },
        width,
        app.theme,
      ),
    onReading: model.onReading,
    onLeave: () => model.closeDetail(),
  })
}
