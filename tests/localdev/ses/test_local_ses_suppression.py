from tests.localdev.ses.running import LocalSes, bulk, entry, refusal

ADDRESS = "reader-1@readers.example"


def test_mail_is_accepted_but_suppressed_when_its_address_is_on_the_list(ses: LocalSes) -> None:
    ses.client.put_suppressed_destination(EmailAddress=ADDRESS, Reason="COMPLAINT")
    ses.client.send_bulk_email(**bulk(entry(1), entry(2)))
    assert [message["outcome"] for message in ses.messages()] == ["suppressed", "delivered"]
    ses.client.delete_suppressed_destination(EmailAddress=ADDRESS)
    ses.client.send_bulk_email(**bulk(entry(1)))
    assert ses.messages()[-1]["outcome"] == "delivered"


def test_entry_is_read_back_when_it_was_put(ses: LocalSes) -> None:
    address = "o'hara+x/y@readers.example"
    ses.client.put_suppressed_destination(EmailAddress=address, Reason="BOUNCE")
    found = ses.client.get_suppressed_destination(EmailAddress=address)["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == (address, "BOUNCE")
    assert found["LastUpdateTime"].tzinfo is not None
    ses.client.delete_suppressed_destination(EmailAddress=address)
    request = {"EmailAddress": address}
    assert refusal(ses.client, "get_suppressed_destination", request)[0] == "NotFoundException"


def test_list_comes_in_pages_and_by_reason_when_it_is_long(ses: LocalSes) -> None:
    for number in range(5):
        ses.client.put_suppressed_destination(
            EmailAddress=f"s{number}@readers.example",
            Reason="BOUNCE" if number % 2 else "COMPLAINT",
        )
    first = ses.client.list_suppressed_destinations(PageSize=3)
    second = ses.client.list_suppressed_destinations(PageSize=3, NextToken=first["NextToken"])
    pages = first["SuppressedDestinationSummaries"] + second["SuppressedDestinationSummaries"]
    assert [item["EmailAddress"] for item in pages] == [
        f"s{number}@readers.example" for number in range(5)
    ]
    assert "NextToken" not in second
    bounced = ses.client.list_suppressed_destinations(Reasons=["BOUNCE"])
    assert len(bounced["SuppressedDestinationSummaries"]) == 2
    for number in range(5):
        ses.client.delete_suppressed_destination(EmailAddress=f"s{number}@readers.example")
