-- A trade as six plain statements, for pgbench: the limit that the API is measured against.
-- It decides nothing, hashes nothing and answers nobody. Fixed from now on.
-- (pgbench takes :word for a variable inside of quotes, too: key-bench stands for key:bench.)
\set portfolio random(1, 1000)
BEGIN;
SELECT cash, event_sequence + 1 AS sequence, event_hash, uuidv7() AS order_id, uuidv7() AS trade_id
FROM portfolios WHERE id = lpad(to_hex(:portfolio::int), 32, '0')::uuid FOR UPDATE \gset
INSERT INTO orders VALUES (lpad(to_hex(:portfolio::int), 32, '0')::uuid, :order_id::uuid, :sequence::bigint, :order_id::text, 'key-bench', 'AAPL', 'BUY', 'MARKET', 'IOC', 1, NULL, NULL, NULL, 'FILLED', 1, 150.02, 0, NULL, NULL, now(), now());
INSERT INTO trades VALUES (lpad(to_hex(:portfolio::int), 32, '0')::uuid, :trade_id::uuid, :sequence::bigint, :order_id::uuid, 'key-bench', 'AAPL', 'BUY', 1, 150.02, 150.02, 0, 0, now(), 149.98, 150.02, 150.00, 1000, 1000, now(), 'SIMULATED');
INSERT INTO positions VALUES (lpad(to_hex(:portfolio::int), 32, '0')::uuid, 'AAPL', 1, 150.02, 0) ON CONFLICT (portfolio_id, symbol) DO UPDATE SET quantity = positions.quantity + 1, cost = positions.cost + 150.02;
UPDATE portfolios SET cash = :cash::numeric - 150.02, event_sequence = :sequence::bigint, event_hash = repeat('1', 64) WHERE id = lpad(to_hex(:portfolio::int), 32, '0')::uuid;
INSERT INTO events VALUES (lpad(to_hex(:portfolio::int), 32, '0')::uuid, :sequence::bigint, lpad('0', 32, '0')::uuid, lpad(to_hex(:portfolio::int), 32, '0')::uuid, :order_id::uuid, :trade_id::uuid, 'order-filled', clock_timestamp(), 'key-bench', repeat('x', 900), :event_hash, repeat('1', 64), pg_current_xact_id()::text::bigint);
COMMIT;
