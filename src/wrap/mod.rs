//! Envelopes: what surrounds a finished query.
