"""Many fits over one laid-out data set: seeds, rates, sizes, folds, bootstraps; a row for each."""

from fastgd.sweeps.ensembles import Ensemble, ensemble
from fastgd.sweeps.fit import Fit
from fastgd.sweeps.folds import CrossValidation, cross_validate
from fastgd.sweeps.results import Sweep
from fastgd.sweeps.rounds import sweep

__all__ = ["CrossValidation", "Ensemble", "Fit", "Sweep", "cross_validate", "ensemble", "sweep"]
