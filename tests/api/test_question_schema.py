"""What the description of an analysis tells those who make a form of it."""


def test_a_parameter_says_for_which_units_it_is(client):
    inputs = client.get("/ogc/processes/targets?f=json").json()["inputs"]
    told = {name: one["schema"].get("x-only-for-unit") for name, one in inputs.items()}
    assert told["resolution"] == ["h3"]
    assert told["max_length_m"] == ["segment"]
    assert told["max_area_km2"] == ["h3", "polygon"]
    assert told["network"] is None  # cells are named after its streets too


def test_analyses_with_fewer_parameters_describe_those_they_have(client):
    inputs = client.get("/ogc/processes/concentration?f=json").json()["inputs"]
    assert inputs["resolution"]["schema"]["x-only-for-unit"] == ["h3"]
    assert "max_area_km2" not in inputs
