"""Numbers that say how good, how varied and how steerable what a model makes is."""

from ganbook.metrics.distances import copies, kernel_distance, pooled_features
from ganbook.metrics.labels import (
    entropy,
    information_shares,
    label_histogram,
    mutual_information,
    total_variation_from_uniform,
)
from ganbook.metrics.segmentation import class_iou
from ganbook.metrics.similarity import psnr, ssim
from ganbook.metrics.statistics import bootstrap_interval, off_diagonal_rank_correlation, rank_correlations

__all__ = [
    "bootstrap_interval",
    "class_iou",
    "copies",
    "entropy",
    "information_shares",
    "kernel_distance",
    "label_histogram",
    "mutual_information",
    "off_diagonal_rank_correlation",
    "pooled_features",
    "psnr",
    "rank_correlations",
    "ssim",
    "total_variation_from_uniform",
]
