from tests.unit.training_code.format_table import BEGIN, END, PAGE, table


def test_the_page_says_what_training_and_serving_do() -> None:
    text = PAGE.read_text("utf-8")
    assert text.split(BEGIN)[1].split(END)[0] == table()
    assert "**" not in text  # not as in a viewer, without a warning
