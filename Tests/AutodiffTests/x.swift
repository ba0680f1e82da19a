// Tests of the room Autodiff.
