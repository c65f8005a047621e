"""Images without a label, from the upload to the pages, by the functions of template.yaml."""

from __future__ import annotations

from tests.end_to_end.conftest import Chain
from tests.end_to_end.inbox import await_answers, await_table, lines, promote, read, upload


def test_each_image_is_answered_once_with_and_without_a_model_before(chain: Chain):
    chain.deploy()
    early = upload(chain, range(12))
    chain.await_answers("Predict", 1)
    assert lines(chain) == []

    promote(chain)
    await_answers(chain, early)
    expected = early | upload(chain, range(12, 30))
    chain.put("inbox/.DS_Store", b"x")
    chain.put("inbox/notes.txt", b"no picture")
    answered = await_answers(chain, {**expected, "inbox/notes.txt": ""})
    rows = await_table(chain, len(expected) + 1)

    expected_lines = {**expected, "inbox/notes.txt": None}
    assert {line["key"]: line["class"] for line in answered} == expected_lines
    assert sorted(row["key"] for row in rows) == sorted(expected_lines)
    chain.wait_until(lambda: "predictions/review.html" in chain.keys("predictions/"))
    assert b"notes.txt" in read(chain, "predictions/latest.html")
    assert chain.problems() == []
    assert not any(chain.undelivered().values())
