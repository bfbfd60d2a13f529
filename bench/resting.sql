-- So many orders that rest: limit buys of one share, spread evenly over the symbols and over the portfolios, each
-- portfolio with many symbols. The first of a symbol waits for 90, each one after it for a cent less.
INSERT INTO orders (portfolio_id, id, sequence, client_order_id, trader, symbol, side, type, time_in_force,
                    quantity, limit_price, status, filled_quantity, filled_value, fees, created_at, updated_at,
                    expires_at, workspace_id, watch, watched_price, due_at, reserve_price)
SELECT p.id, uuidv7(), p.event_sequence + row_number() OVER (PARTITION BY p.id ORDER BY number),
       'bench-' || number, 'key:bench', symbol, 'BUY', 'LIMIT', 'GTC', 1, price, 'NEW', 0, 0, 0, now(), now(),
       ends_at, p.workspace_id, 'BUY_LIMIT', price, ends_at, price
FROM (
    SELECT number, (%(symbols)s)[1 + mod(number, cardinality(%(symbols)s))] AS symbol,
           mod(number + number / cardinality(%(symbols)s), (SELECT count(*) FROM portfolios)) AS place,
           90 - number / cardinality(%(symbols)s) * 0.01 AS price, now() + interval '90 days' AS ends_at
    FROM generate_series(0, %(orders)s - 1) AS number
) AS asked
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM portfolios) AS p USING (place);
