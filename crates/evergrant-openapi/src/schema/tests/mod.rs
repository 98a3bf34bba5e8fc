//! Rules of the models.
