"""What may go wrong with tor, named for what the caller can do about it."""


class TorError(Exception):
    """The message is for the operator and holds no secret."""


class TorMissingError(TorError):
    """No tor program on this machine: install it."""


class TorrcRefusedError(TorError):
    """tor does not accept the configuration; the message ends with what puts it right."""


class MalformedOnionKeyError(TorError):
    """Bytes that are no key of an onion service."""


class MalformedClientKeyError(TorError):
    """Text that is no key of a client of an onion service, or no name for one."""


class ControlError(TorError):
    """The control port cannot be reached, or refuses."""


class NotReadyError(TorError):
    """A part of a private network did not get ready in time."""
