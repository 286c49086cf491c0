import { describe, expect, it } from 'vitest'
import { adviceFor, headsOf, mainHold, sentenceOf } from '#src/locks/advice.ts'
import type { LocksRow } from '#src/locks/party.ts'
import { hasEscapes } from '#src/text/safe.ts'
import {
  advisory,
  analyse,
  autovacuum,
  holds,
  idle,
  idsOf,
  partyIn,
  prepared,
  relation,
  rowOf,
  session,
  startup,
  transaction,
  wants,
} from './make-locks.ts'

const orders = relation(1, 'public.orders')
const READ = 'AccessShareLock'

/** The advice for the first tree, as texts. */
function advise(rows: readonly LocksRow[], inRecovery = false) {
  const analysis = analyse(rows, inRecovery)
  const [tree] = analysis.trees
  if (tree === undefined) throw new Error('nobody waits')
  const advice = adviceFor(tree, analysis)
  return {
    culprit: advice.culprit,
    details: advice.details,
    remedies: advice.remedies.map(({ text }) => text),
    sentence: sentenceOf(advice),
    heads: idsOf(headsOf(tree).map(({ party }) => party)),
    actions: advice.remedies.map(({ action, targets }) => `${action} ${idsOf(targets).join(' ')}`),
  }
}

describe('the advice about one who does nothing in his transaction', () => {
  const root = idle(1, [holds(orders, READ)])
  const alter = session(2, [wants(orders)], { query: '/* migrate */ ALTER TABLE orders ADD note text' })
  const readers = [3, 4].map((pid) => session(pid, [wants(orders, READ)]))

  it('is to terminate him, or to cancel what queues in front of the others', () => {
    expect(advise([root, alter, ...readers])).toMatchObject({
      culprit: '3 sessions wait behind pid 1, idle in transaction for 14m07s',
      details: [
        'app1, shop@10.0.0.1, holds AccessShareLock on public.orders',
        'ALTER TABLE on public.orders (2) waits for that, and 2 sessions queue behind it',
      ],
      remedies: ['terminate 1 frees 1 at once, 3 in all', 'cancel 2 frees 2 at once'],
      actions: ['terminate 1', 'cancel 2'],
    })
  })

  it('is one sentence after the other where there is one line', () => {
    expect(advise([root, alter]).sentence).toBe(
      '1 session waits behind pid 1, idle in transaction for 14m07s. app1, shop@10.0.0.1, holds AccessShareLock on public.orders. terminate 1 frees 1 at once.',
    )
  })

  it('counts one session as one', () => {
    expect(advise([root, alter, ...readers.slice(0, 1)]).details).toContain(
      'ALTER TABLE on public.orders (2) waits for that, and 1 session queues behind it',
    )
  })

  it('is to cancel all that queue in front together, where one of them alone frees nobody', () => {
    const second = session(5, [wants(orders)], { query: 'DROP TABLE orders', wait_start: alter.wait_start })
    const told = advise([root, alter, second, ...readers])
    expect(told.heads.toSorted()).toEqual(['2', '5'])
    expect(told.remedies.at(-1)).toMatch(/^cancel (?:2, 5|5, 2) frees 2 at once$/)
  })

  it('leaves alone who is in front of nobody but those who wait for a holder as well', () => {
    const told = advise([
      idle(1, [holds(orders, 'RowShareLock')]),
      session(2, [wants(orders, 'ExclusiveLock')]),
      session(3, [wants(orders)]),
      session(4, [wants(orders, READ)]),
    ])
    expect(told.heads).toEqual(['3'])
    expect(told.remedies.at(-1)).toBe('cancel 3 frees 1 at once')
  })

  it('leaves alone who is only in the middle of the queue', () => {
    const middle = session(3, [wants(orders, 'ShareLock')], { query: 'CREATE INDEX ON orders (id)' })
    const last = session(4, [wants(orders, 'RowExclusiveLock')])
    const told = advise([root, alter, middle, last])
    expect(told.heads).toEqual(['2'])
    expect(told.remedies.at(-1)).toBe('cancel 2 frees 1 at once, 2 in all')
  })
})

describe('the advice about several who are in the way', () => {
  const readers = [1, 2].map((pid) => idle(pid, [holds(orders, READ)]))
  const alter = session(9, [wants(orders)], { query: 'ALTER TABLE orders' })

  it('is to end all of them, when the end of one frees nobody', () => {
    expect(advise([...readers, alter])).toMatchObject({
      culprit: '1 session waits behind pid 1 and 1 more, idle in transaction for 14m07s',
      details: [
        'app1, shop@10.0.0.1, holds AccessShareLock on public.orders',
        'In the way as well: 2 (idle in transaction for 14m07s)',
      ],
      remedies: ['terminate 1, 2 frees 1 at once'],
    })
  })

  it('is to end the first, where that frees some, or all of them', () => {
    const own = relation(2)
    const first = idle(1, [holds(orders, READ), holds(own)])
    const told = advise([first, ...readers.slice(1), alter, session(10, [wants(own)])])
    expect(told.remedies).toEqual(['terminate 1 frees 1 at once', 'terminate 1, 2 frees 2 at once'])
  })

  it('names three and counts the others', () => {
    const many = [1, 2, 3, 4, 5, 6].map((pid) => idle(pid, [holds(orders, READ)]))
    const told = advise([...many, alter])
    const doing = '(idle in transaction for 14m07s)'
    expect(told.details.at(-1)).toBe(`In the way as well: 2 ${doing}, 3 ${doing}, 4 ${doing}, 2 more`)
    expect(told.remedies).toEqual(['terminate 1, 2, 3 and 3 more frees 1 at once'])
  })

  it('offers both ways at once where one is a session and the other a prepared transaction', () => {
    const told = advise([idle(1, [holds(orders, READ)]), prepared('p', [holds(orders, READ)]), alter])
    expect(told.culprit).toContain('and 1 more')
    expect(told.remedies).toEqual(["ROLLBACK PREPARED 'p' and terminate 1 frees 1 at once"])
  })
})

describe('the advice about a session that runs', () => {
  it('is to cancel its statement', () => {
    const rows = [session(1, [holds(orders)]), session(2, [wants(orders, READ)])]
    expect(advise(rows)).toMatchObject({
      culprit: '1 session waits behind pid 1, running UPDATE for 2.0s',
      remedies: ['cancel 1 frees 1 at once'],
    })
  })

  it('is to terminate it, when the lock would outlive the statement', () => {
    const lock = advisory(42)
    const rows = [session(1, [holds(lock, 'ExclusiveLock')]), session(2, [wants(lock, 'ExclusiveLock')])]
    expect(advise(rows)).toMatchObject({
      details: ['app1, shop@10.0.0.1, holds ExclusiveLock on advisory 42'],
      remedies: ['terminate 1 frees 1 at once'],
    })
  })
})

describe('the advice about a prepared transaction', () => {
  it('is the command that ends it, for its owner in its database', () => {
    expect(advise([prepared('order-77', [holds(orders)]), session(2, [wants(orders)])])).toMatchObject({
      culprit: "1 session waits behind the prepared transaction 'order-77', prepared 2h03m ago",
      details: ['owner shop, database orders, holds AccessExclusiveLock on public.orders'],
      remedies: ["ROLLBACK PREPARED 'order-77' frees 1 at once"],
      actions: ['rollback prepared prepared:order-77'],
    })
  })

  it('is a command for each of several', () => {
    const rows = [
      prepared('a', [holds(orders, READ)]),
      prepared('b', [holds(orders, READ)]),
      session(2, [wants(orders)]),
    ]
    expect(advise(rows).remedies).toEqual(["ROLLBACK PREPARED 'a'; ROLLBACK PREPARED 'b' frees 1 at once"])
  })
})

describe('the advice on a standby', () => {
  it('knows that the replay can neither be cancelled nor terminated', () => {
    const rows = [startup(1, [holds(orders)]), session(2, [wants(orders, READ)])]
    expect(advise(rows, true)).toMatchObject({
      culprit:
        '1 session waits behind the replay of the WAL (pid 1), holding the locks of a transaction of the primary',
      details: [
        'holds AccessExclusiveLock on public.orders',
        'The lock goes when the transaction ends on the primary and that is replayed',
      ],
      remedies: [],
    })
  })

  it('is about the reader when the replay waits, and not to cancel the replay', () => {
    const rows = [
      idle(1, [holds(orders, READ)]),
      startup(2, [wants(orders)]),
      session(3, [wants(orders, READ)]),
    ]
    const told = advise(rows, true)
    expect(told.culprit).toBe(
      'The replay of the WAL and 1 session wait behind pid 1, idle in transaction for 14m07s',
    )
    expect(told.details).toContain(
      'The replay wants AccessExclusiveLock on public.orders, and 1 session queues behind it',
    )
    expect(told.details.at(-1)).toContain('max_standby_streaming_delay')
    expect(told.actions).toEqual(['terminate 1'])
    expect(advise(rows.slice(0, 2), true).culprit).toBe(
      'The replay of the WAL waits behind pid 1, idle in transaction for 14m07s',
    )
  })
})

describe('the advice about an autovacuum', () => {
  const waiter = session(2, [wants(orders)])
  const vacuum = (query: string) => advise([autovacuum(1, query, [holds(orders)]), waiter])

  it('says that it gives way', () => {
    expect(vacuum('autovacuum: VACUUM public.orders')).toMatchObject({
      culprit: '1 session waits behind autovacuum (pid 1), at work for 1m01s',
      details: [
        'holds AccessExclusiveLock on public.orders',
        'It gives way by itself to whoever waits longer than deadlock_timeout',
      ],
      remedies: ['cancel 1 frees 1 at once'],
    })
  })

  it('says that it does not, and is not to be ended, when it is to prevent wraparound', () => {
    expect(vacuum('autovacuum: VACUUM public.orders (to prevent wraparound)')).toMatchObject({
      culprit: '1 session waits behind autovacuum (pid 1), at work for 1m01s to prevent wraparound',
      details: [
        'holds AccessExclusiveLock on public.orders',
        'It does not give way by itself: cancelled, it begins anew, with wraparound nearer',
      ],
      remedies: [],
    })
  })
})

describe('the advice of a role that sees no details', () => {
  const hidden = {
    visible: false,
    state: null,
    backend_type: null,
    client_addr: null,
    client_port: null,
  } as const

  it('does not guess', () => {
    const rows = [
      session(1, [holds(orders, READ)], { ...hidden, query: '<insufficient privilege>' }),
      session(2, [wants(orders)], { ...hidden, query: '<insufficient privilege>' }),
      session(3, [wants(orders, READ)]),
    ]
    expect(advise(rows)).toMatchObject({
      culprit: '2 sessions wait behind pid 1, whose state this role may not see',
      details: [
        'app1, shop, holds AccessShareLock on public.orders',
        'AccessExclusiveLock on public.orders (2) waits for that, and 1 session queues behind it',
      ],
      remedies: ['terminate 1 frees 1 at once, 2 in all', 'cancel 2 frees 1 at once'],
    })
  })
})

describe('the advice about a row', () => {
  const writer = (sharers: number) => [
    idle(1, [holds(transaction(70), 'ExclusiveLock'), holds(orders, 'RowShareLock')]),
    session(2, [
      wants(transaction(70), 'ShareLock'),
      holds({ ...rowOf(1, 'public.orders'), sharers }, 'ExclusiveLock'),
    ]),
  ]

  it('names the row, not the transaction', () => {
    expect(advise(writer(1)).details).toEqual([
      'app1, shop@10.0.0.1, has changed or locked row (0,7) of public.orders',
    ])
  })

  it('does not promise what other lockers could break', () => {
    const told = advise(writer(2))
    expect(told.details).toContain('Others may share the lock on the row: only one of them shows at a time')
    expect(told.remedies).toEqual(['terminate 1 frees up to 1 at once'])
  })

  it('names the transaction where the row is not known', () => {
    const rows = [idle(1, [holds(transaction(70))]), session(2, [wants(transaction(70), 'ShareLock')])]
    expect(advise(rows).details).toEqual([
      'app1, shop@10.0.0.1, is transaction 70, which others wait to see ended',
    ])
  })
})

describe('the advice about an old snapshot', () => {
  it('says that the next one may follow', () => {
    const vxid = { locktype: 'virtualxid', virtualxid: '3/9' }
    const told = advise([idle(1, [holds(vxid, 'ExclusiveLock')]), session(2, [wants(vxid, 'ShareLock')])])
    expect(told.details).toEqual([
      'app1, shop@10.0.0.1, has locked the same, or holds a snapshot that is older: its end is waited for',
      'Old transactions are waited for one after the other: more may follow',
    ])
    expect(told.remedies).toEqual(['terminate 1 frees up to 1 at once'])
  })

  it('names who keeps a report from its safe one', () => {
    const told = advise([idle(1, []), session(2, [], { snapshot_blocked_by: [1] })])
    expect(told.culprit).toBe('1 session waits behind pid 1, idle in transaction for 14m07s')
    expect(told.remedies).toEqual(['terminate 1 frees 1 at once'])
  })
})

describe('the advice about a deadlock', () => {
  const [a, b] = [relation(1), relation(2)]
  const two = [session(1, [holds(a), wants(b)]), session(2, [holds(b), wants(a)])]

  it('is that the server ends it, or to cancel one', () => {
    expect(advise([...two, session(3, [wants(a)])])).toMatchObject({
      culprit: 'Deadlock: 1, 2 wait for each other, and 1 session waits behind them',
      details: ['The server cancels one of them when it has waited for deadlock_timeout'],
      remedies: ['cancel 1 frees 1 at once, 2 in all'],
    })
  })

  it('is told before anything about a bystander, and promises nothing that he prevents', () => {
    expect(advise([...two, idle(9, [holds(a, READ)])])).toMatchObject({
      culprit: 'Deadlock: 1, 2 wait for each other',
      remedies: [],
    })
  })
})

describe('where nobody is seen in the way', () => {
  it('is no advice, but what is known', () => {
    expect(advise([session(1, [wants(orders)]), session(2, [wants(orders)])])).toMatchObject({
      culprit: 'pid 1 waits for public.orders, and 1 session waits behind it; nobody is seen in its way',
      details: ['Its blocker has ended this very moment, or is not told by the server'],
      remedies: [],
    })
    expect(advise([session(1, [], { snapshot_blocked_by: [] })]).culprit).toBe(
      'pid 1 waits for a safe snapshot; nobody is seen in its way',
    )
  })
})

describe('what a party holds in the way', () => {
  it('is not what others wait for in a mode that it shares, however many', () => {
    const [busy, own] = [relation(1), relation(2)]
    const analysis = analyse([
      idle(1, [holds(busy, READ), holds(own)]),
      idle(2, [holds(busy, 'ShareLock')]),
      ...[3, 4, 5].map((pid) => session(pid, [wants(busy, 'RowExclusiveLock')])),
      session(6, [wants(own)]),
    ])
    expect(mainHold(partyIn(analysis, '1'), analysis)).toMatchObject({
      thing: { locked: { relation: 2 } },
      mode: 'AccessExclusiveLock',
    })
    expect(mainHold(partyIn(analysis, '3'), analysis)).toBeNull()
  })

  it('is what most wait for, by its strongest mode', () => {
    const [one, many] = [relation(1), relation(2)]
    const analysis = analyse([
      idle(1, [holds(one), holds(many, READ), holds(many, 'ShareLock')]),
      session(2, [wants(one)]),
      session(3, [wants(many)]),
      session(4, [wants(many)]),
    ])
    expect(mainHold(partyIn(analysis, '1'), analysis)).toMatchObject({
      thing: { locked: { relation: 2 } },
      mode: 'ShareLock',
    })
  })
})

it('no advice carries what names and texts could do to a terminal', () => {
  const evil = '\x1b]0;x\x07\u202e\n'
  const more = {
    application_name: evil,
    usename: evil,
    datname: evil,
    query: `ALTER${evil}`,
    client_addr: evil,
  }
  const named = relation(1, evil)
  for (const rows of [
    [
      idle(1, [holds(named, READ)], more),
      session(2, [wants(named)], more),
      session(3, [wants(named, READ)], more),
    ],
    [prepared(evil, [holds(named)], { usename: evil, datname: evil }), session(2, [wants(named)], more)],
    [session(2, [wants(named)], more)],
    [idle(1, [holds({ ...named, mode: evil })], { ...more, state: evil }), session(2, [wants(named)], more)],
  ]) {
    const { sentence } = advise(rows)
    expect(hasEscapes(sentence)).toBe(false)
    expect(sentence).not.toContain('\n')
  }
})
