"""What the description of an analysis tells those who make a form of it."""


def besides(one, name):
    """Return what an input says beside its schema, which has no words for it."""
    parameters = one.get("additionalParameters", {}).get("parameters", [])
    return next((told["value"] for told in parameters if told["name"] == name), None)


def test_a_parameter_says_for_which_units_it_is(client):
    inputs = client.get("/ogc/processes/targets?f=json").json()["inputs"]
    told = {name: besides(one, "only-for-unit") for name, one in inputs.items()}
    assert told["resolution"] == ["h3"]
    assert told["max_length_m"] == ["segment"]
    assert told["max_area_km2"] == ["h3", "polygon"]
    assert told["network"] is None  # cells are named after its streets too


def test_analyses_with_fewer_parameters_describe_those_they_have(client):
    inputs = client.get("/ogc/processes/concentration?f=json").json()["inputs"]
    assert besides(inputs["resolution"], "only-for-unit") == ["h3"]
    assert "max_area_km2" not in inputs
