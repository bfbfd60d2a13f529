-- What every load ends with: an event for each order that has none yet, chained as the product chains them,
-- and the balances and heads of the portfolios. An order that is loaded carries the number of its one event.
CREATE OR REPLACE FUNCTION link(hash text, head text, content text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN encode(sha256(convert_to('["' || coalesce(hash, head) || '",' || content || ']', 'UTF8')), 'hex');
CREATE OR REPLACE AGGREGATE chained(head text, content text) (SFUNC = link, STYPE = text);

INSERT INTO events (chain_id, sequence, workspace_id, portfolio_id, order_id, trade_id, type, at, trader, data,
                    previous_hash, hash, commit_number)
SELECT portfolio_id, sequence, workspace_id, portfolio_id, order_id, trade_id, type, at, trader, data,
       coalesce(lag(hash) OVER chain, head), hash, pg_current_xact_id()::text::bigint
FROM (
    SELECT *, chained(head, content) OVER (PARTITION BY portfolio_id ORDER BY sequence) AS hash
    FROM (
        SELECT *, format('"%s_%s","%s","%s","%s",%s', replace(portfolio_id::text, '-', ''), sequence, type,
                         to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), trader, data) AS content
        FROM (
            SELECT o.portfolio_id, o.workspace_id, o.sequence, o.id AS order_id, t.id AS trade_id, o.trader,
                   'order:' || CASE o.status WHEN 'NEW' THEN 'placed' ELSE lower(o.status) END AS type,
                   o.created_at AS at, '{"loaded":true}' AS data, p.event_hash AS head
            FROM orders o
            JOIN portfolios p ON p.id = o.portfolio_id AND o.sequence > p.event_sequence
            LEFT JOIN trades t ON t.portfolio_id = o.portfolio_id AND t.order_id = o.id
        ) AS told
    ) AS written
) AS linked
WINDOW chain AS (PARTITION BY portfolio_id ORDER BY sequence);

UPDATE portfolios p SET
    cash = initial_cash - (SELECT coalesce(sum(cost), 0) FROM positions WHERE portfolio_id = p.id),
    (reserved, open_orders) = (
        SELECT coalesce(sum(quantity * reserve_price), 0), count(*)
        FROM orders WHERE portfolio_id = p.id AND due_at IS NOT NULL),
    (event_sequence, event_hash) = (
        SELECT sequence, hash FROM events WHERE chain_id = p.id ORDER BY sequence DESC LIMIT 1);
