// Tests of the room Networks.
