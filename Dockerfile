# The course in a container, for a single learner or as the image of a JupyterHub: INSTALL.md.
FROM quay.io/jupyter/minimal-notebook:python-3.12

WORKDIR ${HOME}/latent-factor-labs
COPY --chown=1000:100 requirements.txt .
# torch without CUDA
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
COPY --chown=1000:100 . .

ENV OMP_NUM_THREADS=1 \
    MOVIELENS_DATASET=auto
CMD ["start-notebook.py", "--ServerApp.root_dir=notebooks"]
