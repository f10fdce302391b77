"""The picture page's menu, title and controls by Streamlit alone, and a picture: nothing is computed for any of them."""

import numpy as np
import streamlit as st

st.title("Controls")
stage, inspector = st.columns([7, 3])
with inspector.container(key="inspector"):
    st.pills("Kernel", ["Blur", "Edges", "Sharpen", "Emboss", "Your own", "Other steps"], default="Edges")
    st.selectbox("Which edges", ["Vertical edges", "Horizontal edges"])
    left, right = st.columns(2)
    left.segmented_control("Stride", ["1/2", "1", "2"], default="1")
    right.selectbox("Border", ["Mirror", "Zeros"])
    left, right = st.columns(2)
    left.selectbox("Picture", ["Cat", "Bricks"])
    right.popover("Use mine")
rows, columns = np.mgrid[:300, :451]
waves = (120 + 60 * np.sin(rows / 17) * np.cos(columns / 11)).astype(np.uint8)
stage.image(np.repeat(waves[..., None], 3, axis=2), width="stretch", output_format="JPEG")
