"""Claims of papers on graphs, each on a small task of its own."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

TITLE = "Graphs: roles and communities, cores, graphlets"
NOTE = ""


def run(data: Path, quick: bool) -> list[dict[str, object]]:
    return roles(3 if quick else 10)


def roles(repeats):
    import rowspace as rs
    out=[]
    for name,make in (('roles',role_graph),('communities',block_graph)):
        for recipe,opt in (('phusion',dict(rank=0)),('phusion',dict(rank=0,nonlinearity='none')),('role',{}),('spectral',{}),('line',{}),('role',dict(proximity='heat')),('role',dict(proximity='heat',time=1.0)),('role',dict(proximity='walk'))):
            acc=[]
            for seed in range(repeats):
                a,y=make(seed)
                obs=rs.Observations.from_matrix(a,rows='node',cols='neighbor')
                x=rs.fit(obs,recipe,dim=32,**opt)['node'].vectors
                acc.append(accuracy(x,y))
            out.append(dict(task=name,recipe=recipe+str(opt),acc=f'{np.mean(acc):.3f} ± {np.std(acc,ddof=1):.3f}'))
    return out

def role_graph(seed,shapes=30,ring=120):
    """A ring with houses, stars and fans planted on it; the role of a node is its place in the shape."""
    rng=np.random.default_rng(seed)
    edges=[(i,(i+1)%ring) for i in range(ring)]; y=[0]*ring; n=ring
    HOUSE=([(0,1),(1,2),(2,3),(3,0),(0,4),(1,4)],[1,1,2,2,3],2)
    STAR=([(0,k) for k in range(1,6)],[4]+[5]*5,1)
    FAN=([(0,k) for k in range(1,5)]+[(k,k+1) for k in range(1,4)],[6,7,8,8,7],1)
    for s,at in enumerate(rng.permutation(ring)[:shapes]):
        e,roles,door=(HOUSE,STAR,FAN)[s%3]
        edges+=[(n+a,n+b) for a,b in e]+[(at,n+door)]; y+=roles; n+=len(roles)
    m=len(edges)//20
    edges+=[tuple(rng.integers(0,n,2)) for _ in range(m)]
    a=np.zeros((n,n))
    for i,j in edges:
        if i!=j: a[i,j]=a[j,i]=1
    p=rng.permutation(n)
    return a[p][:,p],np.array(y)[p]

def block_graph(seed,n=300,blocks=6):
    rng=np.random.default_rng(seed); y=rng.integers(0,blocks,n)
    a=np.triu(rng.random((n,n))<np.where(y[:,None]==y,.08,.01),1).astype(float)
    return a+a.T,y

def accuracy(x,y):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    import warnings
    x=x/np.maximum(np.linalg.norm(x,axis=1,keepdims=True),1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return cross_val_score(LogisticRegression(C=10,max_iter=500),x,y,cv=5).mean()
