"""What is said when a file cannot be passed on."""


class UnreadableFileError(Exception):
    """The file cannot be read with certainty, so nothing of it may be sent.

    `code` is a key of `errors` in `redaction/words.json`, where the sentence for the
    citizen stands. Whatever `update` returned before must be thrown away.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
