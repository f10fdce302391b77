"""The least that Streamlit can do: a slider, and a picture of the size that the picture page sends."""

import numpy as np
import streamlit as st

st.set_page_config(layout="wide")
st.title("Bare")
value = st.slider("Value", 0, 200, 100)
size = {"1": (1000, 1000), "12": (825, 1100)}.get(st.query_params.get("megapixels", ""), (300, 451))
noise = np.random.default_rng(0).integers(0, 60, (size[0] // 4 + 1, size[1] // 4 + 1, 3), np.uint8)
picture = noise.repeat(4, 0).repeat(4, 1)[: size[0], : size[1]] + np.uint8(value // 2)
st.image(picture, width="stretch", output_format="JPEG")
