/* Nonlinearities: the gain that torch.nn.init.calculate_gain gives each, and which scheme suits it. See struct
 * wi_nonlinearity in tables.h. */
#include <string.h>

#include "base/names.h"
#include "wi.h"

static double gain_one(double a)
{
    (void)a;
    return 1;
}

static double gain_tanh(double a)
{
    (void)a;
    return 5.0 / 3;
}

static double gain_relu(double a)
{
    (void)a;
    return __builtin_sqrt(2.0);
}

static double gain_leaky_relu(double a)
{
    return __builtin_sqrt(2.0 / (1 + a * a));
}

static double gain_selu(double a)
{
    (void)a;
    return 3.0 / 4;
}

#define GLOROT "Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks"
#define HE "He et al. 2015, Delving Deep into Rectifiers"

static const struct wi_nonlinearity table[WI_NONLINEARITY_COUNT] = {
    [WI_LINEAR] = {"linear", "identity none", "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
                   gain_one, "xavier_uniform", "",
                   "Nothing bends the signal, so the compromise between keeping the forward and the backward variance "
                   "is the best "
                   "there is.",
                   GLOROT, false},
    [WI_SIGMOID] = {"sigmoid", "logistic", "", gain_one, "xavier_uniform", "",
                    "Saturates on both sides; Xavier keeps its inputs in the steep middle and balances forward and "
                    "backward variance.",
                    GLOROT, false},
    [WI_TANH] = {"tanh", "", "", gain_tanh, "xavier_uniform", "",
                 "Linear with slope 1 around zero, which is what Xavier assumes; nonlinearity=tanh multiplies by "
                 "torch's gain of "
                 "5/3 for deep stacks.",
                 GLOROT, false},
    [WI_RELU] =
        {"relu", "relu6", "", gain_relu, "he_normal", "",
         "Half of the signal is cut to zero, so the variance must be doubled to 2/fan_in to survive many layers.", HE,
         false},
    [WI_LEAKY_RELU] =
        {"leaky_relu", "lrelu prelu", "", gain_leaky_relu, "he_normal", "nonlinearity=leaky_relu",
         "The slope a lets a share a*a of the variance through on the negative side: variance 2/((1 + a*a) fan_in).",
         HE, true},
    [WI_SELU] =
        {"selu", "", "", gain_selu, "lecun_normal", "",
         "Self-normalizing networks keep mean 0 and variance 1 only if the weights have variance exactly 1/fan_in.",
         "Klambauer et al. 2017, Self-Normalizing Neural Networks", false},
    [WI_GELU] =
        {"gelu", "", "", NULL, "he_normal", "",
         "Close to ReLU for large inputs; the He variance keeps the signal alive, transformers use normal std=0.02 "
         "instead.",
         "Hendrycks & Gimpel 2016, Gaussian Error Linear Units", false},
    [WI_SILU] = {"silu", "swish", "", NULL, "he_normal", "",
                 "Close to ReLU for large inputs, so the variance of He applies.",
                 "Ramachandran et al. 2017, Searching for Activation Functions", false},
    [WI_ELU] = {"elu", "celu", "", NULL, "he_normal", "",
                "Like ReLU on the positive side; its authors trained with the variance of He.",
                "Clevert et al. 2015, Fast and Accurate Deep Network Learning by Exponential Linear Units", false},
    [WI_MISH] = {"mish", "", "", NULL, "he_normal", "",
                 "Close to ReLU for large inputs, so the variance of He applies.",
                 "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function", false},
    [WI_SOFTPLUS] = {"softplus", "", "", NULL, "he_normal", "", "A smooth ReLU, so the variance of He applies.", HE,
                     false},
    [WI_SOFTMAX] = {"softmax", "log_softmax", "", NULL, "xavier_uniform", "",
                    "An output layer: Xavier keeps the logits near zero, so that no class starts out preferred.",
                    GLOROT, false},
};

const struct wi_nonlinearity *wi_nonlinearity_at(unsigned i)
{
    return i < WI_NONLINEARITY_COUNT ? &table[i] : NULL;
}

const struct wi_nonlinearity *wi_nonlinearity_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < WI_NONLINEARITY_COUNT; i++)
        if (wi_named_loosely(table[i].name, table[i].aliases, name, len) ||
            wi_named_loosely("", table[i].torch_names, name, len))
            return &table[i];
    return NULL;
}
