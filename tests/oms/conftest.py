"""What the tests of the business stand on besides the rest."""

import pytest
from hypothesis import Phase, settings

pytest.register_assert_rewrite("tests.oms.checks", "tests.oms.order_book.street")

# `make mutants` runs these tests hundreds of times: few examples, the same ones each time, none made smaller.
settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
)
