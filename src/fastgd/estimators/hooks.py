"""scikit-learn's callbacks (experimental, from 1.9 on): a task for the fit, a subtask an epoch.

They are called only where the user has set some: what is experimental harms nobody else.
"""

from __future__ import annotations

from typing import Any

from fastgd.estimators.examples import Examples


class EpochHooks:
    """Tells scikit-learn's callbacks when each epoch begins and ends.

    Parameters
    ----------
    estimator
    context : sklearn.callback.CallbackContext or None
        Of the whole fit; None where there are no callbacks.
    train : Examples
    fitted : dict
        Attributes that, with ``theta_``, make a copy of `estimator` ready to predict.
    """

    def __init__(
        self, estimator: Any, context: Any, train: Examples, fitted: dict[str, Any]
    ) -> None:
        self._estimator, self._context, self._fitted = estimator, context, fitted
        metadata = None if train.weight is None else {"sample_weight": train.weight}
        self._task = {"estimator": estimator, "X": train.X, "y": train.y, "metadata": metadata}
        self._epoch: Any = None

    def begin_fit(self, theta: Any) -> None:
        """The fit begins, and its first epoch."""
        if self._context is not None:
            self._context.call_on_fit_task_begin(**self._task)
            self.begin(theta)

    def begin(self, theta: Any) -> None:
        """An epoch begins."""
        if self._context is not None:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._at(theta))

    def end(self, theta: Any) -> bool:
        """An epoch has ended: whether a callback asks to stop."""
        return self._context is not None and self._epoch.call_on_fit_task_end(**self._at(theta))

    def end_fit(self, theta: Any) -> None:
        """The fit has ended."""
        if self._context is not None:
            self._context.call_on_fit_task_end(**self._at(theta))

    def _at(self, theta: Any) -> dict[str, Any]:
        return {**self._task, "reconstruction_attributes": {**self._fitted, "theta_": theta}}
