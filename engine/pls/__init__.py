"""What goes with what in a survey: partial least squares path modelling (PLS-SEM), after Wold and Lohmöller."""
