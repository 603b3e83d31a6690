"""Small regressions, fitted to a stated cost by Levenberg-Marquardt and by what else there is."""
