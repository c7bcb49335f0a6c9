var e={};export{e as cleaners};
