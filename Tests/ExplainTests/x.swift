// Tests of the room Explain.
