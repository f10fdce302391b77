"""The least that Streamlit can do: a slider, and a picture of the size that the picture page sends."""

import numpy as np
import streamlit as st

st.set_page_config(layout="wide")
st.title("Bare")
value = st.slider("Value", 0, 190, 50)
size = {"1": (1000, 1000), "12": (825, 1100)}.get(st.query_params.get("megapixels", ""), (300, 451))
rows, columns = np.mgrid[: size[0], : size[1]]
waves = (30 + 30 * np.sin(rows / 17) * np.cos(columns / 11)).astype(np.uint8)
picture = np.repeat(waves[..., None], 3, axis=2) + np.uint8(value)
st.image(picture, width="stretch", output_format="JPEG")
