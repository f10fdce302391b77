"""The screens' parts: the only place in the package that knows Streamlit."""
