"""What `asa lint` judges models and engine settings by."""
