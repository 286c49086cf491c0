/**
 * What goes wrong in the demo, as the statements of the applications that do it. Plain named texts for the same
 * reason as the shop's: they are no questions of pgtriage.
 */

/** A forgotten transaction, a migration queued behind it, and all who queue behind the migration. */
export const lockStorm = {
  begin: 'BEGIN',
  hold: "UPDATE public.orders SET status = 'invoiced' WHERE id BETWEEN 4711 AND 4722",
  peek: 'SELECT id, total_cents FROM public.orders WHERE id BETWEEN 4711 AND 4722',
  /** $1 an order of those that are held. */
  sameRow: "UPDATE public.orders SET status = 'shipped' WHERE id = $1",
  alter: 'ALTER TABLE public.orders ADD COLUMN delivery_note text',
  history: `
    SELECT
      o.id,
      o.status,
      o.total_cents,
      o.placed_at
    FROM public.orders AS o
    WHERE o.customer_id = $1
    ORDER BY o.placed_at DESC
    LIMIT 20`,
  open: "SELECT count(*) FROM public.orders WHERE status = 'new' AND customer_id = $1",
  pay: "UPDATE public.orders SET status = 'paid' WHERE id = $1",
} as const

/** A two-phase transaction whose coordinator died between PREPARE and COMMIT PREPARED. */
export const preparedTransaction = {
  begin: 'BEGIN',
  debit: 'UPDATE public.ledger SET balance_cents = balance_cents - 25000 WHERE account IN (7, 77)',
  lock: 'LOCK TABLE public.ledger IN SHARE MODE',
  prepare: "PREPARE TRANSACTION 'settlement-77'",
  /** $1 an account; writes are held up by the table lock, row locks of 7 and 77 by the debit. */
  credit: 'UPDATE public.ledger SET balance_cents = balance_cents + 500 WHERE account = $1',
  balance: 'SELECT balance_cents FROM public.ledger WHERE account = $1 FOR UPDATE',
} as const

/** Reports that sort and hash far more than their work_mem. */
export const slowQueries = {
  smallMemory: "SELECT pg_catalog.set_config('work_mem', '64kB', false)",
  serial: ["SELECT pg_catalog.set_config('max_parallel_workers_per_gather', '0', false)"],
  /** Workers even where the planner finds the tables too small for them. */
  parallel: [
    "SELECT pg_catalog.set_config('max_parallel_workers_per_gather', '2', false)",
    "SELECT pg_catalog.set_config('min_parallel_table_scan_size', '0', false)",
    "SELECT pg_catalog.set_config('parallel_setup_cost', '0', false)",
    "SELECT pg_catalog.set_config('parallel_tuple_cost', '0', false)",
  ],
  /** Each three orders of a customer, the first of them paid: a million rows, sorted on disk twice. */
  triples: `
    SELECT
      a.customer_id,
      a.id AS order_id,
      a.total_cents + b.total_cents + c.total_cents AS cents,
      row_number() OVER (PARTITION BY c.status ORDER BY a.total_cents + b.total_cents DESC) AS place
    FROM public.orders AS a
    JOIN public.orders AS b ON b.customer_id = a.customer_id
    JOIN public.orders AS c ON c.customer_id = a.customer_id
    WHERE a.status = 'paid'
    ORDER BY cents DESC, a.placed_at
    OFFSET 10000000`,
  baskets: `
    SELECT
      i.sku,
      j.sku AS other_sku,
      count(DISTINCT o.customer_id) AS customers,
      sum(i.price_cents * j.quantity) AS cents
    FROM public.orders AS o
    JOIN public.orders AS p ON p.customer_id = o.customer_id
    JOIN public.order_items AS i ON i.order_id = o.id
    JOIN public.order_items AS j ON j.order_id = p.id
    GROUP BY i.sku, j.sku
    ORDER BY cents DESC
    LIMIT 20`,
  cohort: `
    SELECT
      date_trunc('hour', v.seen_at) AS hour,
      c.city,
      count(DISTINCT v.customer_id) AS visitors,
      count(DISTINCT w.path) AS next_paths
    FROM public.page_views AS v
    JOIN public.page_views AS w ON w.customer_id = v.customer_id AND w.seen_at > v.seen_at
    JOIN public.customers AS c ON c.id = v.customer_id
    GROUP BY hour, c.city
    ORDER BY visitors DESC
    LIMIT 20`,
  /** Page 201 of the returns, sorted on disk; for each of its orders all page views are read, for want of an index. */
  returns: `
    SELECT
      page.order_id,
      page.total_cents,
      (
        SELECT count(*)
        FROM public.page_views AS v
        WHERE v.customer_id = page.customer_id
      ) AS views
    FROM (
      SELECT
        o.id AS order_id,
        o.customer_id,
        o.total_cents
      FROM public.orders AS o
      WHERE o.status = 'returned'
      ORDER BY o.total_cents DESC, o.placed_at
      LIMIT 100 OFFSET 20000
    ) AS page`,
} as const

/** An index whose expression is slow, as one over a function in a script language often is. */
export const indexBuild = {
  // Sleeps instead of computing: the build lasts minutes and costs the machine nothing. Parallel-unsafe (the
  // default), so the build is serial and its progress is told by the one backend that works.
  slugFunction: `
    CREATE FUNCTION public.path_slug(path text, id bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
      IF id % 100 = 0 THEN
        PERFORM pg_catalog.pg_sleep(0.5);
      END IF;
      RETURN pg_catalog.lower(pg_catalog.replace(path, '/', '-'));
    END
    $$`,
  build: 'CREATE INDEX CONCURRENTLY page_views_slug_idx ON public.page_views (public.path_slug(path, id))',
} as const

/** Indexes as they should not be. */
export const indexSins = {
  duplicate: 'CREATE INDEX orders_by_customer ON public.orders (customer_id)',
  redundant: 'CREATE INDEX orders_placed_status_idx ON public.orders (placed_at, status)',
  unused: 'CREATE INDEX orders_total_status_idx ON public.orders (total_cents, status)',
  twins: `
    INSERT INTO public.customers (email, full_name, city)
    SELECT
      c.email,
      c.full_name,
      c.city
    FROM public.customers AS c
    WHERE c.id <= 3`,
  /** Fails on the twins, and leaves the index behind as invalid. */
  invalid: 'CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON public.customers (email)',
  missing: `
    CREATE TABLE public.shipments (
      id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
      order_id bigint NOT NULL REFERENCES public.orders (id) ON DELETE CASCADE,
      carrier text NOT NULL,
      sent_at timestamptz NOT NULL
    );
    INSERT INTO public.shipments (order_id, carrier, sent_at)
    SELECT
      o.id,
      (ARRAY['DHL', 'UPS', 'DPD'])[1 + o.id % 3],
      o.placed_at
    FROM public.orders AS o
    WHERE o.status IN ('shipped', 'delivered')
      AND o.id > 20000`,
  analyse: 'ANALYZE public.shipments, public.orders, public.customers',
  /** $1 an order without items left: the cascade has to read all shipments, for want of an index. */
  forget: 'DELETE FROM public.order_items WHERE order_id = $1',
  purge: 'DELETE FROM public.orders WHERE id = $1',
} as const

/** More and more sessions of a pool that has no upper bound. */
export const connections = {
  hello: 'SELECT 1',
  begin: 'BEGIN',
  read: 'SELECT email FROM public.customers WHERE id = $1',
} as const

/** What the demo looks at to know that an incident has come to pass. */
export const observe = {
  waiting: 'SELECT count(*)::integer AS count FROM pg_catalog.pg_locks WHERE NOT granted',
  /** $1 a piece of the query text: whether a session waits for a lock with it. */
  waitsWith: `
    SELECT
      count(*)::integer AS count
    FROM pg_catalog.pg_stat_activity
    WHERE wait_event_type = 'Lock'
      AND pg_catalog.starts_with(query, $1)`,
  sessions: `
    SELECT
      count(*)::integer AS count
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend'`,
  builds: 'SELECT count(*)::integer AS count FROM pg_catalog.pg_stat_progress_create_index',
  usableSlots: `
    SELECT
      pg_catalog.current_setting('max_connections')::integer
        - pg_catalog.current_setting('superuser_reserved_connections')::integer
        - COALESCE(pg_catalog.current_setting('reserved_connections', true), '0')::integer AS count`,
} as const
