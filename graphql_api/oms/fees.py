"""What an order costs. Pure: values in, values out."""

from decimal import Decimal

from graphql_api.oms import money
from graphql_api.oms.rules import FeeRule


def fee_of(rule: FeeRule, quantity: Decimal, value: Decimal) -> Decimal:
    """The fee, to the cent, of an order that has filled `quantity` shares for `value`.

    A fill is charged this less what the order was charged before, so that a minimum is charged once.
    """
    if quantity == 0:
        return money.ZERO
    fee = money.total(rule.flat, money.product_of(quantity, rule.per_share), money.bps_of(value, rule.bps))
    fee = max(fee, rule.minimum)
    if rule.cap_percent is not None:
        fee = min(fee, money.percent_of(value, rule.cap_percent))
    return money.to_cents(fee)
