"""The bare page behind a menu, at an address of its own, as every page of this app is."""

import streamlit as st

pages = [st.Page(lambda: None, title=title, url_path=title.lower()) for title in ("Second", "Third")]
home = st.Page(lambda: None, title="First", default=True)
st.navigation([home, st.Page("bare.py", title="Bare", url_path="bare"), *pages], position="top").run()
