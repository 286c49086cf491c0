/** All cases of the verdicts on shapes. */
import type { StructureCase } from './structure-cases/case.ts'
import { classes, collations, methods } from './structure-cases/classes.ts'
import { orders, plain } from './structure-cases/columns.ts'
import { conditions, expressions } from './structure-cases/expressions.ts'
import { deferrable, guarded } from './structure-cases/guarded.ts'
import { partitioned, tables } from './structure-cases/relations.ts'
import { includes, unique } from './structure-cases/uniqueness.ts'

export const structureCases: readonly StructureCase[] = [
  ...plain,
  ...orders,
  ...expressions,
  ...conditions,
  ...classes,
  ...collations,
  ...includes,
  ...unique,
  ...deferrable,
  ...guarded,
  ...methods,
  ...tables,
  ...partitioned,
]
