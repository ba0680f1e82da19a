"""What every refusal has to be."""


def assert_refused(answer, *statuses, closes=None):
    """One of the statuses, and a sentence in JSON."""
    assert answer.status in statuses, answer
    assert answer.header("content-type") == "application/json", answer
    sentence = answer.sentence
    assert len(sentence.split()) >= 3 and sentence.endswith("."), answer
    if closes is not None:
        assert answer.closes == closes, answer


def assert_busy(answer):
    """A refusal for want of room: it says when to come again."""
    assert_refused(answer, 503)
    assert answer.retry_after is not None and 1 <= answer.retry_after <= 120, answer
