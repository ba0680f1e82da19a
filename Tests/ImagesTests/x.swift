// Tests of the room Images.
