"""The pages, one module each: values in, a `Page` out. They decide nothing and touch nothing."""
