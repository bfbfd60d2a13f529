"""Which change of a form is its newest: who is slower than the next keystroke draws nothing."""


class Redraws:
    """The forms that are being drawn anew, by view id."""

    def __init__(self) -> None:
        self._newest: dict[str, object] = {}

    def begin(self, view_id: str) -> object:
        """Make a change the newest of its form; the value stands for it."""
        change = object()
        self._newest[view_id] = change
        return change

    def is_newest(self, view_id: str, change: object) -> bool:
        """Whether no other change came after this one."""
        return self._newest.get(view_id) is change

    def end(self, view_id: str, change: object) -> None:
        """Forget a form that has been drawn."""
        if self.is_newest(view_id, change):
            del self._newest[view_id]
