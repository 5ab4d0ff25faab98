from rarebit_papers.summary import what_holm_allows


def test_it_is_said_where_nothing_can_be_significant():
    assert what_holm_allows(20, 15) == []
    assert what_holm_allows(8, 15) == [
        "With 8 data sets and 15 pairs, the smallest possible Wilcoxon p-value after Holm's "
        "correction is 0.12: nothing can be significant here."
    ]
