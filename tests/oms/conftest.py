"""What the tests of the business stand on besides the rest."""

from hypothesis import Phase, settings

# `make mutants` runs these tests hundreds of times: few examples, the same ones each time, none made smaller.
settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
)
