"""What can stand in the way of the commands, each told in one sentence that ends with the next step.

Trouble                 anything that a person can mend; its text is all that they need to read
├── MissingPiece        a program, a package or a file that has to be there is not
├── PortBusy            somebody else listens on the port
└── StepFailed          a step of ours ended badly; the sentence says where its log is
"""


class Trouble(Exception):
    """The root: caught once, at the very top of a command, and printed without a traceback."""


class MissingPiece(Trouble):
    """Something has to be installed or written first."""


class PortBusy(Trouble):
    """A port is taken by a program that we did not start."""


class StepFailed(Trouble):
    """A program that we ran, or a service that we started, did not do its work."""
