"""The table of a copy's life (TS 23.140 7.1.2 to 7.1.6)."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from mmse.abstract.delivery import FINAL, REPORTED, SUPPRESSIBLE, TRANSITIONS, Event, State, after


class Table(SynchronousTestCase):
    """What must hold of TRANSITIONS whatever rows it has."""

    def test_final_states_are_final(self) -> None:
        """Nothing leaves a final state."""
        self.assertEqual({state for state, _ in TRANSITIONS} & FINAL, set())

    def test_every_state_is_reached_and_left_or_final(self) -> None:
        """No state is an orphan, none but the final ones a trap."""
        reached = set(TRANSITIONS.values()) | {State.QUEUED}
        self.assertEqual(reached, set(State))
        self.assertEqual({state for state, _ in TRANSITIONS}, set(State) - FINAL)

    def test_every_living_state_may_expire(self) -> None:
        """Expiry reaches everything that has not ended: nothing lives for ever."""
        for state in set(State) - FINAL:
            self.assertIs(after(state, Event.EXPIRED), State.EXPIRED)

    def test_every_event_means_something(self) -> None:
        """Each event moves some state."""
        self.assertEqual({event for _, event in TRANSITIONS}, set(Event))

    def test_fetched_is_never_called_unreachable(self) -> None:
        """A recipient that holds the content is not reported as unreachable."""
        self.assertIsNone(after(State.FETCHED, Event.UNREACHABLE))
        self.assertIsNone(after(State.FETCHED, Event.HANDED_OVER))

    def test_late_events_mean_nothing(self) -> None:
        """Deferred after Retrieved (mm1-transactions 11) moves nothing."""
        self.assertIsNone(after(State.RETRIEVED, Event.DEFERRED))
        self.assertIsNone(after(State.DEFERRED, Event.TAKEN))

    def test_reports_cover_final_states(self) -> None:
        """Every end but a cancelled one has a status to report; only known ends may be suppressed."""
        self.assertEqual(set(REPORTED), FINAL - {State.CANCELLED})
        self.assertLessEqual(SUPPRESSIBLE, set(REPORTED))
